// A record as a line of text: for people, or as JSON.
#pragma once

#include <map>
#include <string>

#include "kafka/consumer.h"
#include "senders/member_scanner.h"

namespace hookferry::cli {

/// What a topic is for, as far as it is known.
struct TopicName {
  std::string source;
  std::string event;  // empty: the quarantine topic
};

/// Writes records as lines. No line has a control character out of a record. Not thread-safe.
class RecordText {
 public:
  /// With `dates` the day stands before the time. Times are UTC.
  RecordText(std::map<std::string, TopicName> topics, bool dates);

  /// 12:00:01.234 glossi   job.complete          86e3744c  glossi.job.complete[3]@0  job-uuid
  /// 12:00:03.007 glossi   -                     quarantined unknown_event  glossi-quarantine[0]@5  231 bytes
  [[nodiscard]] std::string text(const kafka::ConsumedRecord& record);

  /// {"topic":…,"partition":…,"offset":…,"timestamp":…,"key":…,"headers":{…},"value":{…}}
  /// `timestamp` is RFC 3339 or null. `value` is the record's JSON as it is there, but for line breaks and other white
  /// space outside its strings where it has line breaks or control characters; what is not JSON is `value_text`, and
  /// what is not UTF-8 `value_base64`. So with the key, and a header's value (`headers_base64`). A header that stands
  /// several times has a list of its values.
  [[nodiscard]] std::string json(const kafka::ConsumedRecord& record);
  /// The members from the key on, without braces: "key":…,"headers":{…},"value":{…}
  [[nodiscard]] std::string content_json(const kafka::ConsumedRecord& record);

 private:
  [[nodiscard]] TopicName name_of(const kafka::ConsumedRecord& record) const;
  void append_value(std::string& out, const kafka::ConsumedRecord& record);

  std::map<std::string, TopicName> topics_;
  bool dates_;
  senders::MemberScanner scanner_;
};

}  // namespace hookferry::cli
