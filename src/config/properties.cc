// The table of all keys. Defaults are the members' initial values in config.h.
#include "config/address.h"
#include "config/oauth.h"
#include "config/property.h"
#include "config/secrets.h"
#include "config/source_properties.h"
#include "config/tls_files.h"
#include "config/topic_names.h"

namespace hookferry::config {
namespace {

/// The member of a section as the place of a value: in(&Config::http) (&Http::listen).
template <class Section>
auto in(Section Config::*section) {
  return [section]<class T>(T Section::*member) -> Field<Config, T> {
    return [section, member](Config& config) -> T& { return config.*section.*member; };
  };
}

Field<Config, PemFile> in_tls(PemFile Tls::*member) {
  return [member](Config& config) -> PemFile& { return config.http.tls.*member; };
}

template <class T>
Field<Config, T> in_oauth(T OAuth::*member) {
  return [member](Config& config) -> T& { return config.kafka.oauth.*member; };
}

/// Anything but nothing, without control characters.
std::string check_visible(std::string_view text) {
  if (text.empty()) return "must not be empty";
  const bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return control ? "has a control character" : std::string();
}

Format<std::string> listen_address() {
  const auto check = [](std::string_view text) {
    const Result<ListenAddress> address = parse_listen(text);
    return address ? std::string() : address.error().message;
  };
  return text("an address to listen on", "ADDR:PORT, \"[V6]:PORT\" or \":PORT\"", check);
}

Format<std::vector<std::string>> servers() {
  Format<std::vector<std::string>> format =
      list(text("servers", "HOST:PORT", [](std::string_view text) { return check_bootstrap_server(text); }), 64);
  const auto read = format.read;
  format.read = [read](const Node& node, const Key& key) {
    std::optional<std::vector<std::string>> values = read(node, key);
    const bool none = node.kind == Node::Kind::null || (node.kind == Node::Kind::sequence && node.items.empty());
    if (none) key.error(node, "is empty: write where Kafka is, such as [localhost:9092]");
    return values;
  };
  return format;
}

std::string check_topic_property(std::string_view name) {
  const bool allowed = std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '.'; });
  return allowed && !name.empty() ? std::string() : "a topic's property has a name such as retention.ms";
}

std::string check_folder(std::string_view path) {
  if (!path.starts_with('/')) return cat(quote(path), " is not a whole path, such as /var/lib/hookferry");
  const bool control = std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return control ? "has a control character" : std::string();
}

}  // namespace

std::vector<std::string> changed_keys(const Config& before, const Config& after) {
  std::vector<std::string> keys;
  for (const Property<Config>& property : properties()) {
    for (std::string& key : property.changed(before, after)) keys.push_back(std::move(key));
  }
  return keys;
}

Table<Config> properties() {
  const auto http = in(&Config::http);
  const auto admin = in(&Config::admin);
  const auto delivery = in(&Config::delivery);
  const auto kafka = in(&Config::kafka);
  const auto dedupe = in(&Config::dedupe);
  const auto spool = in(&Config::spool);
  const auto log = in(&Config::log);
  const auto shutdown = in(&Config::shutdown);
  const Field<Config, std::vector<Source>> sources = [](Config& config) -> std::vector<Source>& {
    return config.sources;
  };

  return {
      {"http", "The port for the senders' webhooks."},
      {"http.listen", http(&Http::listen), listen_address(),
       "Where webhooks are taken. `[::]` is IPv4 as well, where the machine has it; port 0 is any free one. Change it "
       "to bind one address only, or when the port is taken."},
      {"http.threads", http(&Http::threads), number_or("auto", 0, 1, 64),
       "Event loops, each on a thread of its own. `auto` is one per core that is available to the process (its cgroup "
       "counts), at most 8. Set it to leave cores to others."},
      {"http.max_body", http(&Http::max_body), size("1KiB", "64MiB"),
       "The largest body; a larger one is answered 413. With its envelope the default fits Kafka's default record "
       "limit of 1 MiB: raise it only together with the topics' `max.message.bytes`."},
      {"http.max_connections", http(&Http::max_connections), count(1, 1000000),
       "Open connections; further ones are answered 503 and closed. With 15/16 of them open, each newcomer has the one "
       "closed that has been idle for the longest. Each takes a file descriptor: where the process's limit of open "
       "files (its hard one) has no room for as many, the bound is lower, and the log says so. An idle one takes about "
       "1 KiB, with TLS 15 KiB."},
      {"http.max_connections_per_address", http(&Http::max_connections_per_address), count(0, 1000000),
       "Open connections of one client's address, of IPv6 of one /64; further ones are closed. 0 is any number. A "
       "trusted proxy's own connections are not counted: one that begins with a PROXY header counts for the client "
       "that it names, and one whose requests have an X-Forwarded-For for nobody, since it carries many clients'."},
      {"http.max_buffered", http(&Http::max_buffered), size("64KiB", "64GiB"),
       "Memory for bodies that are being received, all connections together. When it is reached reading stops, and "
       "what waits too long is answered 503. TLS handshakes under way may take as much again (64 KiB each): a further "
       "one ends the one that began first. Raise it for many large bodies at a time; it takes at least one "
       "`http.max_body`."},
      {"http.max_head", http(&Http::max_head), size("1KiB", "256KiB"),
       "The largest request line and headers together (and at most 100 headers); more is answered 431. Raise it only "
       "for a proxy that adds very long headers."},
      {"http.request_timeout", http(&Http::request_timeout), duration("100ms", "10m"),
       "From the first byte of a request to its last; a slower one is answered 408. It does not start again with each "
       "byte. Raise it for large bodies over slow lines."},
      {"http.idle_timeout", http(&Http::idle_timeout), duration("100ms", "1h"),
       "How long a connection may stay open between two requests. Behind a load balancer make it longer than the "
       "balancer's own, so that the balancer is the one to close."},
      {"http.ack_deadline", http(&Http::ack_deadline), duration("50ms", "25s"),
       "A verified event that is not durable by then is answered 503, so that the sender tries again; the event goes "
       "on, and the retry joins it. Senders give up after 30 s, and ask for an answer within 5 s. Raise it for a Kafka "
       "that is far away or slow."},
      {"http.trusted_proxies", http(&Http::trusted_proxies), networks(),
       "The load balancers and proxies in front, whose word on who their client is counts: for `sources[].allow`, "
       "`http.max_connections_per_address` and the log. Either a PROXY protocol header of version 2 at the beginning "
       "of a connection, or `X-Forwarded-For`, of which the right-most address counts that is not itself in here; a "
       "connection with neither is the proxy's own. From all others both are ignored, so list only addresses from "
       "which nobody but your proxies can connect. `Forwarded` and version 1 of the PROXY protocol are not read."},

      {"http.tls",
       "TLS on the webhook port, versions 1.2 and 1.3. Without this section it is plain, for a load balancer that ends "
       "TLS before it. When one of the files changes, connections from then on get the new ones and open connections "
       "go "
       "on; files that do not go together change nothing, which the log and the metrics say."},
      {"http.tls.certificate", in_tls(&Tls::certificate), pem_file("the server's certificate"),
       "The server's certificate, followed by those between it and its root. A P-256 key costs a tenth of what an RSA "
       "key costs for each new connection."},
      {"http.tls.key", in_tls(&Tls::key), pem_file("the certificate's private key"),
       "The certificate's private key, without a passphrase. It may be the same file as the certificate."},
      {"http.tls.client_ca", in_tls(&Tls::client_ca), pem_file("the certificates of who signs those of the clients"),
       "Whose signature the certificates of clients have to bear, one or more certificates. With it no one connects "
       "without such a certificate; without it clients need none. Set it where all that comes to this port, from the "
       "senders or a gateway before them, shows a certificate."},

      {"admin", "The port for metrics, health and status."},
      {"admin.listen", admin(&Admin::listen), listen_address(),
       "Where `/metrics`, `/livez`, `/readyz` and `/status` are served: never for the internet. In a container it is "
       "an address that the prober and the metrics' collector reach, such as `\"[::]:8081\"`."},

      {"delivery",
       "Bounds on the events under way: verified, and not yet durable. Beyond any of them the answer is 503."},
      {"delivery.max_inflight_events", delivery(&Delivery::max_inflight_events), count(1, 1000000),
       "Events under way. Raise it for a higher rate to a slow Kafka: rate times the time to an acknowledgement."},
      {"delivery.max_inflight_bytes", delivery(&Delivery::max_inflight_bytes), size("64KiB", "64GiB"),
       "Bytes of events under way. It takes at least one `http.max_body` with its envelope."},
      {"delivery.max_waiters", delivery(&Delivery::max_waiters), count(1, 1000000),
       "Requests that wait for the outcome of an event that another request brought. Raise it when a sender repeats "
       "itself a lot while Kafka is slow."},

      {"kafka",
       "Where events go. Acknowledgement by all in-sync replicas, idempotence and the partitioner are fixed: the "
       "promises rest on them."},
      {"kafka.bootstrap_servers", kafka(&Kafka::bootstrap_servers), servers(),
       "Servers to find the cluster by; more than one, so that any may be down at the start. `--kafka` sets them for "
       "one run; `--kafka embedded` is a broker in this process, in memory, for trying out."},
      {"kafka.linger", kafka(&Kafka::linger), duration("0us", "5ms"),
       "How long a record may wait for those before it to be acknowledged, so that what comes meanwhile is sent "
       "together; while none is under way nobody waits. A shorter one weighs the latency of a busy bridge against CPU: "
       "0us sends each record as it comes, which costs this process and Kafka several times the CPU at a high rate. A "
       "request carries the records of one partition, so the more partitions a topic has, the fewer share one."},
      {"kafka.topic", kafka(&Kafka::topic), text("a topic name", "with {source} and {event}", check_topic),
       "The topic of an event: `{source}` is the source's name, `{event}` the event's. Each event of each source needs "
       "a topic of its own. Change it to fit names that your cluster asks for."},
      {"kafka.quarantine_topic", kafka(&Kafka::quarantine_topic),
       text("a topic name", "with {source}", check_quarantine_topic),
       "The topic of what was signed by the sender but cannot be routed, raw, with the reason in a header. The default "
       "is covered by an ACL for the prefix of its source, and not by a subscription to `^source\\.`."},
      {"kafka.create_topics", "Whether and how topics that are missing are created at the start."},
      {"kafka.create_topics.enabled", kafka(&Kafka::create_topics), boolean(),
       "Switch it off where topics are made by others; one that is missing is then said in the log and `/readyz`."},
      {"kafka.create_topics.partitions", kafka(&Kafka::partitions), number(1, 10000),
       "Partitions of a new topic: how many consumers of a group can share it. Events of one entity are in one "
       "partition."},
      {"kafka.create_topics.replication_factor", kafka(&Kafka::replication_factor), number_or("-1", -1, 1, 32767),
       "Replicas of a new topic; -1 is the broker's default. Production wants 3."},
      {"kafka.create_topics.config", kafka(&Kafka::topic_config),
       text_map("a map of topic properties", check_topic_property),
       "Properties of a new topic, such as `retention.ms`, `min.insync.replicas` (2 with 3 replicas) and "
       "`max.message.bytes`; the broker's defaults for the others. Topics that are there already stay as they are."},
      {"kafka.min_durability", kafka(&Kafka::min_durability),
       choice<MinDurability>(
           {{"off", MinDurability::off}, {"warn", MinDurability::warn}, {"require", MinDurability::require}}),
       "What to do about a topic with fewer than two replicas or a `min.insync.replicas` under 2, where the loss of "
       "one machine can lose acknowledged events: nothing, say so, or not be ready. Production wants `require`."},
      {"kafka.properties", kafka(&Kafka::properties), kafka_properties(),
       "Any librdkafka property, such as `security.protocol`, `sasl.mechanism` or `ssl.ca.location`; those that the "
       "promises rest on are refused with the reason. Any value may be `{env: NAME}` or `{file: PATH}`, and that of a "
       "secret (`sasl.password`, `ssl.key.password`, `ssl.key.pem`, …) must be. `-X NAME=VALUE` sets one for one run, "
       "over the file. When a property of TLS (`ssl.…`) changes, or what is in the file of a certificate or key that "
       "it "
       "names, other clients are connected with it and take the place of those before, without a restart and without a "
       "loss; a certificate and a key that do not go together change nothing. `socket.timeout.ms` is 10000 unless it "
       "is set here: that long events wait for a leader that "
       "answers nothing."},
      {"kafka.secrets", kafka(&Kafka::secrets), kafka_secrets(),
       "librdkafka properties whose values are secrets, each `{env: NAME}` or `{file: PATH}`, such as `sasl.password: "
       "{file: /run/secrets/kafka/password}`. When a file changes, `sasl.username` and `sasl.password` (with PLAIN or "
       "SCRAM) are used from the next login on, without a restart, and certificates and keys for new connections (see "
       "`kafka.properties`); any other needs one, which the log and `/readyz` say. A property is here or in "
       "`kafka.properties`."},
      {"kafka.oauth",
       "Logs in by SASL OAUTHBEARER, with tokens from a token server or from a file that another program keeps fresh. "
       "`kafka.properties` needs `security.protocol: SASL_SSL` for it. A token is fetched again when four fifths of "
       "its life are over, and 10 s after a failure, which `/readyz` and the log say; connections that are open "
       "stay open meanwhile. All of it is applied when it changes, without a restart."},
      {"kafka.oauth.token_url", in_oauth(&OAuth::token_url), url(),
       "Where tokens are issued by the client credentials grant (RFC 6749, section 4.4): `grant_type` and `scope` are "
       "posted, with the client's id and secret in `Authorization: Basic`."},
      {"kafka.oauth.client_id", in_oauth(&OAuth::client_id),
       text("a text", "as the token server knows it", check_visible), "Who hookferry is for the token server."},
      {"kafka.oauth.client_secret", in_oauth(&OAuth::client_secret), secret_reference(),
       "Its secret there. When the file changes, a token is fetched with the new one at once."},
      {"kafka.oauth.scope", in_oauth(&OAuth::scope), text("a text", "scopes with a blank between them", check_visible),
       "What the token is to be good for; without it, what the token server gives by itself. Entra ID wants "
       "`APPLICATION-ID/.default`."},
      {"kafka.oauth.ca", in_oauth(&OAuth::ca), pem_file("the certificates of who signs that of token_url"),
       "Whose signature the certificate of `token_url` has to bear; without it, of those that this machine trusts."},
      {"kafka.oauth.token_file", in_oauth(&OAuth::token_file), token_file(),
       "Instead of `token_url`: a file with a token, a JWT, such as a projected service account token of Kubernetes. "
       "It "
       "is read again when it changes, and before its token ends."},
      {"kafka.oauth.extensions", in_oauth(&OAuth::extensions), sasl_extensions(),
       "SASL extensions that go with each token, such as `logicalCluster` and `identityPoolId` for Confluent Cloud."},

      {"sources", sources, source_list(), "The senders whose webhooks are taken."},

      {"dedupe", "What is remembered of events, so that one that is sent again is published once."},
      {"dedupe.ttl", dedupe(&Dedupe::ttl), duration("1m", "30d"),
       "How long. A sender's last retry comes up to 2 h 36 min after its first attempt: less lets duplicates through."},
      {"dedupe.max_entries", dedupe(&Dedupe::max_entries), count(1, 100000000),
       "How many; beyond it the oldest are forgotten early, which is counted. About 56 bytes each, taken as they are "
       "used. Raise it to the events of one `dedupe.ttl`; at least `delivery.max_inflight_events`."},
      {"dedupe.on_conflict", dedupe(&Dedupe::publish_conflicts),
       choice<bool>({{"quarantine", false}, {"publish", true}}),
       "What becomes of an event whose job id was seen with different data: to the quarantine topic, or published like "
       "any other. Choose `publish` where the sender reports one job several times."},
      {"dedupe.warmup", dedupe(&Dedupe::warmup), duration("0s", "30d"),
       "How far back the topics are read at the start, newest first, so that what was published before is recognised; "
       "after that a tail reads all that is published, also by other instances. Needs the rights READ and DESCRIBE on "
       "the topics. A sender's last retry comes up to 2 h 36 min after its first attempt. `0s`: nothing is read, and "
       "an "
       "instance knows only what it took since its start."},
      {"dedupe.warmup_timeout", dedupe(&Dedupe::warmup_timeout), duration("1s", "10m"),
       "How long that may take once Kafka is there; `/readyz` says `warming` meanwhile. Then the bridge starts with "
       "what it has, and says so."},

      {"spool",
       "Events on this machine's disk while Kafka does not take them. Without this section there is none, and they are "
       "answered 503 then."},
      {"spool.path", spool(&Spool::path), text("a folder", "a whole path", check_folder),
       "The spool's folder, such as `/var/lib/hookferry`: of this instance alone, on a disk of its machine that "
       "outlives "
       "it, and made when it is not there. `hookferry spool list` looks into it."},
      {"spool.max_size", spool(&Spool::max_size), size("16MiB", "1024GiB"),
       "The most that it takes of the disk, never exceeded; when it is full, events are answered 503 while Kafka is "
       "away. Events take a bit more than their bodies: raise it to their rate times the longest outage to ride out."},
      {"spool.after", spool(&Spool::after), duration("1ms", "10s"),
       "An event that Kafka has not acknowledged by then is made durable here as well, and answered 200. Shorter than "
       "`http.ack_deadline`. Raise it where Kafka's acknowledgements often take longer, to spare the disk."},

      {"log", "The log, on standard error."},
      {"log.level", log(&LogSection::level),
       choice<LogLevel>({{"debug", LogLevel::debug},
                         {"info", LogLevel::info},
                         {"warn", LogLevel::warn},
                         {"error", LogLevel::error}}),
       "The least that is logged. `debug` adds what Kafka's client says."},
      {"log.events", log(&LogSection::all_requests), choice<bool>({{"all", true}, {"problems", false}}),
       "A line for each request that reached a source, or only for those that were neither accepted nor duplicates. "
       "Choose `problems` for high rates."},
      {"log.format", log(&LogSection::format),
       optional(choice<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}})),
       "Lines for people, or a JSON object on each. Where it is not given: text on a terminal, json otherwise."},
      {"log.addresses", log(&LogSection::full_addresses), choice<bool>({{"truncated", false}, {"full", true}}),
       "Clients' addresses: their network only (/24, /48), or whole. A whole address is personal data in many places."},

      {"shutdown", "After a SIGTERM or SIGINT; a second one ends at once."},
      {"shutdown.drain", shutdown(&Shutdown::drain), duration("0s", "10m"),
       "How long requests are still taken after `/readyz` says no, so that load balancers notice first. Zero where "
       "there is none."},
      {"shutdown.flush", shutdown(&Shutdown::flush), duration("0s", "1h"),
       "How long events under way may take to become durable after that. Together with `shutdown.drain` it has to be "
       "shorter than the time until the process is killed (30 s in Kubernetes)."},
  };
}

}  // namespace hookferry::config
