// The configuration: validated, immutable once loaded. The text is YAML; every error has its place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/network.h"
#include "base/result.h"
#include "hookferry/clock.h"

namespace hookferry::config {

struct Secret {
  std::string origin;  // "env NAME" or "file PATH": for people
  std::string value;   // never printed
  friend bool operator==(const Secret&, const Secret&) = default;
};

struct Source {
  std::string name;
  std::string preset;
  std::string path;  // never empty
  std::vector<Secret> secrets;
  std::vector<std::string> events;  // added to the preset's
  std::string source_uri;           // empty: the preset's
  std::string type;                 // empty: the preset's
  std::vector<Network> allow;       // empty: anyone
  friend bool operator==(const Source&, const Source&) = default;
};

/// A file in PEM, and what it held when the configuration was read.
struct PemFile {
  std::string path;
  std::string content;  // of a key: never printed
  friend bool operator==(const PemFile&, const PemFile&) = default;
};

struct Tls {
  PemFile certificate;  // without a path: connections are plain
  PemFile key;
  PemFile client_ca;  // without a path: clients need no certificate
  [[nodiscard]] bool used() const noexcept { return !certificate.path.empty(); }
  friend bool operator==(const Tls&, const Tls&) = default;
};

struct Http {
  std::string listen = "[::]:8080";
  int threads = 0;  // 0: auto
  std::uint64_t max_body = 896 << 10;
  std::uint64_t max_connections = 10000;
  std::uint64_t max_connections_per_address = 0;  // 0: no bound
  std::uint64_t max_buffered = 64 << 20;
  std::uint64_t max_head = 16 << 10;
  Duration request_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(60);
  Duration ack_deadline = std::chrono::seconds(4);
  Tls tls;
  std::vector<Network> trusted_proxies;
};

struct Admin {
  std::string listen = "127.0.0.1:8081";
};

struct Delivery {
  std::uint64_t max_inflight_events = 20000;
  std::uint64_t max_inflight_bytes = 64 << 20;
  std::uint64_t max_waiters = 10000;
};

/// A file with a token for Kafka, and what it held when the configuration was read.
struct TokenFile {
  std::string path;
  std::string content;  // never printed
  friend bool operator==(const TokenFile&, const TokenFile&) = default;
};

/// Where tokens for SASL OAUTHBEARER come from: one of `token_url` and `token_file`, or neither.
struct OAuth {
  std::string token_url;
  std::string client_id;
  Secret client_secret;
  std::string scope;     // empty: the token server's default
  PemFile ca;            // of token_url's certificate; without a path: those that this machine trusts
  TokenFile token_file;  // without a path: from token_url
  std::map<std::string, std::string> extensions;
  [[nodiscard]] bool used() const noexcept { return !token_url.empty() || !token_file.path.empty(); }
  friend bool operator==(const OAuth&, const OAuth&) = default;
};

enum class MinDurability : std::uint8_t { off, warn, require };

struct Kafka {
  std::vector<std::string> bootstrap_servers{"localhost:9092"};
  bool embedded = false;  // --kafka embedded
  Duration linger = std::chrono::milliseconds(5);
  std::string topic = "{source}.{event}";
  std::string quarantine_topic = "{source}-quarantine";
  bool create_topics = true;
  int partitions = 6;
  int replication_factor = -1;
  std::map<std::string, std::string> topic_config;
  MinDurability min_durability = MinDurability::warn;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::pair<std::string, Secret>> secrets;  // properties too; none of them is in `properties`
  OAuth oauth;
  /// What the files of certificates and keys hold that properties name, by property; those that can be read.
  std::map<std::string, std::string> files;
};

struct Dedupe {
  Duration ttl = std::chrono::hours(24);
  std::uint64_t max_entries = 1000000;
  bool publish_conflicts = false;           // on_conflict: publish
  Duration warmup = std::chrono::hours(3);  // 0: nothing is read back, and there is no tail
  Duration warmup_timeout = std::chrono::seconds(30);
};

struct Spool {
  std::string path;  // empty: there is no spool
  std::uint64_t max_size = 1 << 30;
  Duration after = std::chrono::milliseconds(100);
  [[nodiscard]] bool used() const noexcept { return !path.empty(); }
};

struct LogSection {
  LogLevel level = LogLevel::info;
  bool all_requests = true;
  std::optional<LogFormat> format;  // absent: text on a terminal, json otherwise
  bool full_addresses = false;
};

struct Shutdown {
  Duration drain = std::chrono::seconds(5);
  Duration flush = std::chrono::seconds(20);
};

struct Config {
  std::string file;  // empty: environment and flags
  Http http;
  Admin admin;
  Delivery delivery;
  Kafka kafka;
  std::vector<Source> sources;
  Dedupe dedupe;
  Spool spool;
  LogSection log;
  Shutdown shutdown;
};

/// One thing that is wrong, or a warning, with its place; `line` and `column` from 1, 0 where it has none.
struct Problem {
  enum class Severity : std::uint8_t { error, warning } severity = Severity::error;
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  std::string excerpt;  // the line itself, secrets masked
};

/// "FILE:LINE:COLUMN: message", the line, and a caret under the column; a warning says so.
[[nodiscard]] std::string format(const Problem& problem);

struct Loaded {
  std::optional<Config> config;   // absent where a problem is an error
  std::vector<Problem> problems;  // errors and warnings, in the order of the file
};

/// Where secrets and files come from: the process's environment and disk, or a test's.
class Environment {
 public:
  virtual ~Environment() = default;
  [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) const = 0;
  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) const = 0;
  /// Whether reading it again gives its content again, at once; or there is nothing there. A pipe gives it once.
  [[nodiscard]] virtual bool may_be_read_again(const std::string& /*path*/) const { return true; }
};
class SystemEnvironment final : public Environment {
 public:
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
  [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;
  [[nodiscard]] bool may_be_read_again(const std::string& path) const override;
};

/// What is wrong with each file of http.tls, to stand behind its name; empty if nothing.
struct TlsFaults {
  std::string certificate;
  std::string key;
  std::string client_ca;
};

/// What this program's other rooms know about values that the configuration only carries. Each returns what is wrong,
/// or empty texts.
struct Validators {
  /// Of kafka.properties: kafka::check_property.
  std::string (*kafka_property)(const std::string& name, const std::string& value) = nullptr;
  /// Of http.tls, once all its files are read: http::check_tls.
  TlsFaults (*tls)(const Tls& tls) = nullptr;
  /// Of an http or https URL: http::parse_url.
  std::string (*url)(const std::string& url) = nullptr;
};

/// What the command line sets over the file (or the defaults); nothing where it says nothing.
struct Overrides {
  std::optional<std::string> kafka;  // bootstrap servers, or "embedded"
  std::optional<std::string> listen;
  std::optional<std::string> admin;
  std::vector<std::pair<std::string, std::string>> properties;  // -X
};

/// Reads and validates `text`, the content of `file`; all problems at once.
[[nodiscard]] Loaded load(const std::string& file, std::string_view text, const Overrides& overrides,
                          const Environment& environment, const Validators& validators);
/// The configuration without a file: every preset whose secret is set in the environment.
[[nodiscard]] Loaded load_without_file(const Overrides& overrides, const Environment& environment,
                                       const Validators& validators);

/// The keys whose values differ, in the order of the table: "http.listen", "kafka.properties.sasl.mechanism"; `sources`
/// for whatever differs in them.
[[nodiscard]] std::vector<std::string> changed_keys(const Config& before, const Config& after);

/// `docs/configuration.md`: generated from the same table that `load` reads by.
[[nodiscard]] std::string reference();

}  // namespace hookferry::config
