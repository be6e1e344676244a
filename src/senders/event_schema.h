// JSON Schemas of the records that render.h makes: for consumers and their tools. Written in what draft 7, which
// AsyncAPI 3.0 has, and draft 2020-12 both know, and without "$schema".
#pragma once

#include <memory>
#include <span>
#include <string>

#include "senders/source.h"

namespace hookferry::senders {

/// An event of one source.
struct SourceEvent {
  std::shared_ptr<const Source> source;
  EventId event;
};

/// Of the value of a record of any of these events; there must be one. All that is said of the envelope is hookferry's
/// promise. Of `data` it says what `data_schema` says where that is the same for all of them, else nothing.
[[nodiscard]] std::string value_schema(std::span<const SourceEvent> events);

/// Of the data of an event, read off the sender's documented sample: its members and their types. None is required, and
/// others are allowed: the data is what the sender sends. Of an event without a sample it allows anything.
[[nodiscard]] std::string data_schema(const SourceEvent& event);

/// Of a record's key, and of its headers by their names, their values as text.
[[nodiscard]] std::string key_schema(const SourceEvent& event);
[[nodiscard]] std::string headers_schema(const SourceEvent& event);

/// Of the headers of what a source quarantines. The value of such a record is any bytes, as they were received.
[[nodiscard]] std::string quarantine_headers_schema(const Source& source);

}  // namespace hookferry::senders
