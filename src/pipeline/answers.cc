#include "pipeline/answers.h"

#include "base/text.h"

namespace hookferry::pipeline {
namespace {

/// The senders have schedules of their own; for those that listen, soon enough for a short outage.
constexpr int retry_after_seconds = 5;

Answer answer(int status, std::string body) {
  Answer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

std::string with_id(std::string_view status, const Id128& id) {
  std::string body;
  body.reserve(80);
  body.append(R"({"status":")").append(status).append(R"(","id":")");
  append_hex(body, id);
  body.append("\"}");
  return body;
}

}  // namespace

Answer answer_for(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::accepted:
      return answer(200, with_id("accepted", outcome.id));
    case Outcome::Kind::duplicate:
      return answer(200, with_id("duplicate", outcome.id));
    case Outcome::Kind::quarantined:
      return answer(200, cat(R"({"status":"quarantined","reason":")", name(outcome.quarantine), "\"}"));
    case Outcome::Kind::rejected:
      return answer(401, R"({"error":"unauthorized"})");
    case Outcome::Kind::unavailable:
      break;
  }
  Answer out = answer(503, R"({"error":"unavailable"})");
  out.retry_after_seconds = retry_after_seconds;
  return out;
}

}  // namespace hookferry::pipeline
