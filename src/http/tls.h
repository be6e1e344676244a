// TLS on a front's port: certificates, what of the protocol is offered, and the sessions of connections.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "hookferry/clock.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX
struct ssl_st;      // OpenSSL's SSL

namespace hookferry::http {

/// What a server's TLS is made of, each a text in PEM.
struct TlsFiles {
  std::string certificate;  // the server's, then those between it and its root
  std::string key;          // of the server's certificate
  std::string client_ca;    // who signs the clients' certificates, one or more; empty: clients need none
};

/// What is wrong with each of them, empty if nothing: "has no certificate in PEM: …", to stand behind the file's name.
struct TlsFaults {
  std::string certificate;
  std::string key;
  std::string client_ca;
  [[nodiscard]] bool any() const noexcept { return !certificate.empty() || !key.empty() || !client_ca.empty(); }
};
[[nodiscard]] TlsFaults check_tls(const TlsFiles& files);

/// When the first of the certificates ends that a text in PEM has.
[[nodiscard]] Result<WallTime> certificate_expiry(std::string_view pem);

/// One connection's TLS, for a Transport.
struct FreeTlsSession {
  void operator()(ssl_st* session) const noexcept;
};
using TlsSession = std::unique_ptr<ssl_st, FreeTlsSession>;

/// One certificate with its key, and who may connect. TLS 1.2 and 1.3; for 1.2 only suites with ECDHE and an AEAD; no
/// compression, no renegotiation, no early data; the server name that a client asks for is ignored, of protocols
/// (ALPN) there is http/1.1. Sessions are resumed by tickets that the clients keep; the keys that these are encrypted
/// with live for an hour, so that what was recorded cannot be read with keys that are found later, and end with the
/// certificate: who may connect now is asked of a client that could connect before. Thread-safe.
class Tls {
 public:
  static constexpr Duration ticket_life = std::chrono::hours(1);

  /// Fails where check_tls finds a fault.
  static Result<std::shared_ptr<Tls>> create(TlsFiles files);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// Of a connection that was accepted at `now`; it outlives this.
  [[nodiscard]] TlsSession begin(MonotonicTime now);
  /// When the first of the certificates that clients are shown ends.
  [[nodiscard]] WallTime expiry() const noexcept { return expiry_; }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  using Context = std::unique_ptr<ssl_ctx_st, FreeContext>;

  static Context make_context(const TlsFiles& files, TlsFaults& faults);
  friend TlsFaults check_tls(const TlsFiles& files);
  Tls(TlsFiles files, Context context, WallTime expiry);

  const TlsFiles files_;
  const WallTime expiry_;
  std::mutex mutex_;  // guards what follows
  Context context_;   // made anew for each life of ticket keys, which it has
  std::optional<MonotonicTime> first_used_;
};

/// What a front's next connections get; null: they are plain. Thread-safe.
class TlsExchange {
 public:
  explicit TlsExchange(std::shared_ptr<Tls> tls) : tls_(std::move(tls)) {}
  void put(std::shared_ptr<Tls> tls) {
    const std::lock_guard lock(mutex_);
    tls_.swap(tls);
  }
  [[nodiscard]] std::shared_ptr<Tls> get() const {
    const std::lock_guard lock(mutex_);
    return tls_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Tls> tls_;
};

}  // namespace hookferry::http
