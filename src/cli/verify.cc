#include "cli/verify.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "cli/captured.h"
#include "cli/run.h"
#include "cli/signals.h"
#include "cli/signing.h"
#include "cli/terminal.h"
#include "http/capture.h"
#include "senders/explain.h"
#include "senders/headers.h"
#include "senders/reader.h"
#include "senders/sample.h"

namespace hookferry::cli {
namespace {

using senders::HeaderView;

/// What is verified with: the source, and where its secrets come from.
struct Judge {
  std::shared_ptr<const senders::Source> source;
  std::vector<std::string> origins;  // of the source's secrets
  std::vector<std::size_t> sizes;    // of the same, in bytes
  std::vector<senders::KnownSecret> others;
};

Result<Judge> make_judge(const Signing& signing) {
  senders::SourceSpec spec;
  spec.name = signing.source.name;
  spec.preset = signing.source.preset;
  const auto documented = senders::preset_events(spec.preset);
  spec.events = signing.source.events;
  std::erase_if(spec.events, [&](const std::string& event) {
    return std::find(documented.begin(), documented.end(), event) != documented.end();
  });
  Judge judge;
  for (const config::Secret& secret : signing.source.secrets) {
    spec.secrets.push_back(secret.value);
    judge.origins.push_back(secret.origin);
    judge.sizes.push_back(secret.value.size());
  }
  for (const config::Secret& other : signing.others) judge.others.push_back({other.origin, other.value});
  auto source = senders::Source::make(std::move(spec));
  if (!source) return source.error();
  judge.source = std::move(*source);
  return judge;
}

std::vector<HeaderView> views(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::vector<HeaderView> out;
  for (const auto& [name, value] : headers) out.emplace_back(name, value);
  return out;
}

/// What the bridge would make of a body that verifies.
std::string reading(const Judge& judge, const std::vector<HeaderView>& headers, std::string_view body) {
  senders::Verifier verifier(judge.source);
  const auto verified = verifier.verify(headers, body);
  senders::Reader reader(judge.source);
  const auto read = reader.read(std::get<senders::VerifiedBody>(verified));
  if (const auto* const unroutable = std::get_if<senders::Unroutable>(&read)) {
    return cat("would be quarantined: ", name(unroutable->reason));
  }
  const auto& event = std::get<senders::Event>(read);
  std::string text = cat("would be published as ", judge.source->type(event.event));
  if (!event.entity_id.empty()) text.append(cat(", subject ", printable(event.entity_id, 80)));
  return text.append(cat(", id ", hex(event.key.id)));
}

void print_facts(const Judge& judge, const std::vector<HeaderView>& headers, std::string_view body) {
  const std::string_view wanted = judge.source->signature_header();
  for (const HeaderView& header : headers) {
    if (!senders::same_header(header.first, wanted)) continue;
    std::cout << "  signature  " << wanted << ": " << printable(header.second, 8) << " (" << header.second.size()
              << " characters)\n";
  }
  std::cout << "  body       " << body.size() << " bytes\n";
  for (std::size_t i = 0; i < judge.origins.size(); ++i) {
    std::cout << "  secret     " << judge.origins[i] << " (" << judge.sizes[i] << " bytes)\n";
  }
}

void print_expected(const Signing& signing, std::string_view body) {
  for (const config::Secret& secret : signing.source.secrets) {
    const auto [name, value] = senders::signature_header(signing.source.preset, secret.value, body);
    std::cout << "  expected   " << name << ": " << value << "  (with " << secret.origin
              << "; keep it to yourself: it makes this body genuine)\n";
  }
}

int print_explanation(const Judge& judge, const std::vector<HeaderView>& headers, std::string_view body) {
  const Palette palette(STDOUT_FILENO);
  const senders::Explanation explanation = senders::explain(judge.source, judge.origins, judge.others, headers, body);
  if (explanation.verifies) {
    std::cout << palette.good("verifies") << " with the secret in " << judge.origins[explanation.secret] << "\n  "
              << reading(judge, headers, body) << std::endl;
    return done;
  }
  std::cout << palette.bad("does not verify") << ": ";
  for (std::size_t i = 0; i < explanation.findings.size(); ++i) {
    std::cout << (i == 0 ? "" : ", ") << palette.strong(explanation.findings[i].cause);
  }
  std::cout << "\n";
  for (const senders::Finding& finding : explanation.findings) {
    std::cout << "\n  " << finding.what << "\n  → " << finding.remedy << "\n";
  }
  if (!explanation.certain) std::cout << "\n  This is what is likely: no combination of usual mistakes fits exactly.\n";
  std::cout << "\n";
  print_facts(judge, headers, body);
  return bad_input;
}

int judge_request(const Signing& signing, const VerifyOptions& options, const CapturedText& request) {
  const auto judge = make_judge(signing);
  if (!judge) {
    complain(judge.error().message);
    return bad_input;
  }
  const int exit_code = print_explanation(*judge, views(request.headers), request.body);
  if (options.show_expected) print_expected(signing, request.body);
  if (!options.at.empty()) {
    std::cout << "  time       " << signing.source.preset << " signs no time, so nothing is too old for --at: a replay "
              << "verifies for ever, and is a duplicate\n";
  }
  std::cout << std::flush;
  return exit_code;
}

Result<CapturedText> read_request(const VerifyOptions& options) {
  auto headers = read_headers(options.headers);
  if (!headers) return error(cat("--header: ", headers.error().message));
  CapturedText request{std::move(*headers), {}};
  if (options.body_file == "-") {
    request.body.assign(std::istreambuf_iterator<char>(std::cin), {});
    return request;
  }
  auto body = config::SystemEnvironment().read_file(options.body_file);
  if (!body) return error(cat("--body: ", body.error().message));
  request.body = std::move(*body);
  return request;
}

/// What a captured request is told. By default that it is not taken, so that its sender sends it again: to the bridge.
Answer answer_of(int status) {
  Answer answer;
  answer.status = status;
  answer.body = status == 200 ? R"({"status":"captured"})" : R"({"error":"captured","hint":"send it again"})";
  if (status != 200) answer.retry_after_seconds = 60;
  return answer;
}

Result<CapturedText> capture(const Signing& signing, const VerifyOptions& options) {
  auto port = http::Capture::open(options.listen);
  if (!port) return error(cat("--listen: ", port.error().message));
  Signals signals;
  std::cerr << "hookferry: waiting for one POST on port " << (*port)->port() << ", which is told " << options.answer
            << (options.answer == 200 ? ": its sender takes it for delivered" : ": its sender sends it again")
            << " (Ctrl-C ends)" << std::endl;
  std::string saved;
  std::optional<Error> problem;
  http::Capture::Options how;
  bool stopped = false;
  how.stop = [&] { return stopped = stopped || signals.wait(Duration()); };
  how.note = [](std::string_view what) { complain(what); };
  how.answer = [&](const http::CapturedRequest& request) {
    const auto name = save_captured(signing.source.name, request.head, request.body);
    if (!name) problem = name.error();
    if (name) saved = *name;
    return answer_of(name ? options.answer : 503);
  };
  auto request = (*port)->take(how);
  if (!request) return request.error();
  if (problem) return *problem;
  std::cout << "captured   " << request->method << " " << printable(request->path) << " from " << request->address
            << ": " << saved << ".head and " << saved << ".body (mode 0600)\n"
            << "again      hookferry verify --source " << signing.source.name << " --header @" << saved
            << ".head --body " << saved << ".body\n\n";
  return CapturedText{std::move(request->headers), std::move(request->body)};
}

/// RFC 3339, or seconds since 1970.
bool is_time(const std::string& text) {
  std::int64_t seconds = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return is_rfc3339(text) || (status == std::errc() && end == text.data() + text.size());
}

}  // namespace

int verify(const CommonOptions& common, const VerifyOptions& options) {
  int exit_code = done;
  if (options.listen.empty() && options.body_file.empty()) {
    complain(
        "pass the captured body as --body FILE (with --header 'NAME: VALUE'), or --listen ADDR:PORT to capture one");
    return usage;
  }
  if (!options.at.empty() && !is_time(options.at)) {
    complain(cat("--at ", printable(options.at, 40), " is no time: write 2025-01-15T10:30:00Z, or seconds since 1970"));
    return bad_input;
  }
  const auto signing = find_signing(common, {options.source, options.secret_env, false}, exit_code);
  if (!signing) return exit_code;
  const bool listens = !options.listen.empty();
  const auto request = listens ? capture(*signing, options) : read_request(options);
  if (request) return judge_request(*signing, options, *request);
  complain(request.error().message);
  return listens ? environment : bad_input;
}

}  // namespace hookferry::cli
