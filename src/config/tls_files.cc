#include "config/tls_files.h"

#include "base/text.h"
#include "config/check.h"
#include "config/masking.h"

namespace hookferry::config {
namespace {

/// For a message: a key may stand here by mistake instead of its path.
std::string shown_path(const std::string& path) {
  return is_file_path(path) ? cat(" ", path) : std::string();
}

std::optional<PemFile> read_pem(const Node& node, const Key& key, std::string_view what) {
  if (!expect(Node::Kind::scalar, node, key, "the path of a file")) return std::nullopt;
  const std::string& path = node.text;
  if (path.empty() || path.find('\0') != std::string::npos) {
    key.error(node, cat("write the path of a file in PEM with ", what));
    return std::nullopt;
  }
  Result<std::string> content = key.reading().environment.read_file(path);
  if (!content) {
    const std::string why = is_file_path(path) ? content.error().message : "cannot read the file that is named here";
    key.error(node, cat(why, ": put ", what, " there, in PEM, for the user that hookferry runs as to read"));
    return std::nullopt;
  }
  if (content->empty()) {
    key.error(node, cat("the file", shown_path(path), " is empty: put ", what, " there, in PEM"));
    return std::nullopt;
  }
  return PemFile{path, std::move(*content)};
}

void report(const Reading& reading, const std::string& key, const PemFile& file, const std::string& fault) {
  if (fault.empty()) return;
  reading.problems.error(where_of(reading, {key}), cat(key, ": the file", shown_path(file.path), " ", fault));
}

}  // namespace

Format<PemFile> pem_file(std::string_view what) {
  return {"a file in PEM", "its path",
          [what = std::string(what)](const Node& node, const Key& key) { return read_pem(node, key, what); },
          [](const PemFile&) { return std::string(); }};
}

void check_tls(const Config& config, const Reading& reading) {
  const auto given = [&](std::string_view key) { return reading.places.contains(cat("http.tls.", key)); };
  if (!given("certificate") && !given("key") && !given("client_ca")) return;
  for (const std::string_view needed : {"certificate", "key"}) {
    if (given(needed)) continue;
    reading.problems.error(where_of(reading, {"http.tls"}),
                           cat("http.tls.", needed,
                               " is missing: TLS needs the server's certificate and its key, each "
                               "the path of a file in PEM; without the section the port is plain"));
  }
  const Tls& tls = config.http.tls;
  // What could not be read has been reported.
  const bool complete = tls.used() && !tls.key.path.empty() && given("client_ca") != tls.client_ca.path.empty();
  if (!complete || reading.validators.tls == nullptr) return;
  const TlsFaults faults = reading.validators.tls(tls);
  report(reading, "http.tls.certificate", tls.certificate, faults.certificate);
  report(reading, "http.tls.key", tls.key, faults.key);
  report(reading, "http.tls.client_ca", tls.client_ca, faults.client_ca);
}

}  // namespace hookferry::config
