#include <boost/json.hpp>
#include <memory>
#include <string>
#include <variant>

#include "base/check.h"
#include "senders/presets.h"
#include "senders/reader.h"
#include "senders/render.h"
#include "senders/source.h"
#include "senders/verifier.h"
#include "tests/fuzz/targets.h"

namespace hookferry::fuzz {
namespace {

using namespace senders;
namespace json = boost::json;

/// A source with its verifier and its reader, as a thread has them.
struct Sender {
  explicit Sender(const std::string& preset) : Sender(make(preset)) {}
  explicit Sender(const std::shared_ptr<const Source>& made) : source(made), verifier(made), reader(made) {}
  static std::shared_ptr<const Source> make(const std::string& preset) {
    SourceSpec spec;
    spec.name = spec.preset = preset;
    spec.secrets = {"a secret for the fuzzers"};
    return Source::make(std::move(spec)).value();
  }
  std::shared_ptr<const Source> source;
  Verifier verifier;
  Reader reader;
};

void check_event(const Source& source, std::string_view body, const Event& event) {
  const Record record = render_event(source, event, {}, WallTime(), 0);
  const json::value rendered = json::parse(record.value());
  const json::object sent = json::parse(body).as_object();
  HOOKFERRY_CHECK(body.find(event.data) != std::string_view::npos);
  HOOKFERRY_CHECK(record.value().ends_with(std::string("\"data\":").append(event.data) + "}"));
  HOOKFERRY_CHECK(rendered.at("data") == sent.at(source.format().data_member));
  HOOKFERRY_CHECK(sent.at(source.format().event_member).as_string() == source.events()[event.event]);
  HOOKFERRY_CHECK(event.entity_id.empty() || rendered.at("subject").as_string() == event.entity_id);
}

void feed(Sender& sender, std::string_view input) {
  // Where nothing is behind the last byte, the address sanitizer sees whoever reads it.
  const std::unique_ptr<char[]> exact(new char[input.size()]);
  input.copy(exact.get(), input.size());
  const std::string_view body(exact.get(), input.size());

  const std::string signature = sign(sender.source->secrets().front(), body);
  const HeaderView headers[] = {{sender.source->signature_header(), signature}};
  const auto verified = sender.verifier.verify(headers, body);
  const auto* const signed_body = std::get_if<VerifiedBody>(&verified);
  HOOKFERRY_CHECK(signed_body != nullptr);
  const auto result = sender.reader.read(*signed_body);
  if (const auto* const event = std::get_if<Event>(&result)) return check_event(*sender.source, body, *event);
  const Record record =
      render_quarantine(*sender.source, std::get<Unroutable>(result).reason, *signed_body, headers, WallTime(), 0);
  HOOKFERRY_CHECK(record.value() == body);
}

}  // namespace

void glossi(std::string_view input) {
  static Sender sender("glossi");
  feed(sender, input);
}

void meshqa(std::string_view input) {
  static Sender sender("meshqa");
  feed(sender, input);
}

}  // namespace hookferry::fuzz
