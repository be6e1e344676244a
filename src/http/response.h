// Answers as bytes, and the answers that this room gives by itself.
#pragma once

#include <string>
#include <string_view>

#include "hookferry/answer.h"
#include "hookferry/clock.h"
#include "http/chunked.h"
#include "http/front.h"

namespace hookferry::http {

enum class Persistence : std::uint8_t {
  close,            // Connection: close
  keep,             // HTTP/1.1: nothing to say
  keep_explicitly,  // HTTP/1.0: Connection: keep-alive
};

/// Appends the answer's bytes. `date` is the value of Date, "Sun, 06 Nov 1994 08:49:37 GMT". Without `with_body` (HEAD)
/// the head is what it would be with it.
void render(std::string& out, const Answer& answer, std::string_view date, Persistence persistence, bool with_body);

/// The time as Date has it (RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date(WallTime time);

/// `{"error":"payload_too_large","hint":"…"}`; the hint is a static text, nothing of the request is ever repeated.
[[nodiscard]] Answer refusal_answer(const Refusal& refusal);
[[nodiscard]] Answer not_found();
[[nodiscard]] Answer method_not_allowed(const Route& route);
/// 503 with Retry-After.
[[nodiscard]] Answer unavailable();

}  // namespace hookferry::http
