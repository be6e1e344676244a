// What the tests of TLS share: certificates made on the spot, and a client that speaks it.
#pragma once

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tests/http/support.h"

namespace hookferry::http::testing {

struct FreeOpenSsl {
  void operator()(X509* value) const noexcept { X509_free(value); }
  void operator()(EVP_PKEY* value) const noexcept { EVP_PKEY_free(value); }
  void operator()(BIO* value) const noexcept { BIO_free(value); }
  void operator()(SSL_CTX* value) const noexcept { SSL_CTX_free(value); }
  void operator()(SSL* value) const noexcept { SSL_free(value); }
  void operator()(SSL_SESSION* value) const noexcept { SSL_SESSION_free(value); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

template <class Write>
std::string pem(Write write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline Owned<EVP_PKEY> p256() {
  return Owned<EVP_PKEY>(EVP_EC_gen("P-256"));
}
inline Owned<EVP_PKEY> rsa(unsigned bits) {
  return Owned<EVP_PKEY>(EVP_RSA_gen(bits));
}

/// A certificate with its key, signed by itself or by another.
class Identity {
 public:
  explicit Identity(const std::string& name, const Identity* issuer = nullptr, Owned<EVP_PKEY> key = p256(),
                    std::chrono::seconds life = std::chrono::hours(24))
      : certificate_(X509_new()), key_(std::move(key)) {
    X509* const x = certificate_.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(life.count()));
    X509_set_pubkey(x, key_.get());
    const auto* const text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer == nullptr ? x : issuer->certificate_.get()));
    X509_EXTENSION* const ca = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints,
                                                   issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    X509_add_ext(x, ca, -1);
    X509_EXTENSION_free(ca);
    X509_sign(x, issuer == nullptr ? key_.get() : issuer->key_.get(), EVP_sha256());
  }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] std::string certificate_pem() const {
    return pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  [[nodiscard]] TlsFiles files() const { return {certificate_pem(), key_pem(), {}}; }

 private:
  static inline long serial = 0;
  Owned<X509> certificate_;
  Owned<EVP_PKEY> key_;
};

struct TlsClientOptions {
  int version = 0;          // TLS1_2_VERSION, …; 0: the best that both have
  std::string ciphers{};    // of TLS up to 1.2
  std::string groups{};     // key exchange, best first
  std::string protocols{};  // ALPN, in its format on the wire
  const Identity* identity = nullptr;
  SSL_SESSION* session = nullptr;  // to resume
  std::size_t drip = 0;            // bytes that go over the wire together; 0: as many as there are
  int receive_buffer = 0;
};

/// A client whose bytes go through memory, so that a test says when and how they go over the wire.
class TlsClient : public Client {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {})
      : Client(port, options.receive_buffer), drip_(options.drip), context_(SSL_CTX_new(TLS_client_method())) {
    const int no_delay = 1;
    setsockopt(socket(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    // What the server would refuse has to be offered first.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), options.version == 0 ? TLS1_VERSION : options.version);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
    if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context_.get(), options.ciphers.c_str());
    if (!options.groups.empty()) SSL_CTX_set1_groups_list(context_.get(), options.groups.c_str());
    if (options.identity != nullptr) {
      SSL_CTX_use_certificate(context_.get(), options.identity->certificate());
      SSL_CTX_use_PrivateKey(context_.get(), options.identity->key());
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
    }
    if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
  }

  /// Sends the greeting, or `size` bytes of it.
  void greet(std::size_t size = std::string::npos) {
    SSL_do_handshake(ssl_.get());
    push(size);
  }
  /// False: it was refused, and `complaint` says why. With `keep_last` the client's last word waits for the next
  /// `push`.
  bool handshake(bool keep_last = false) {
    while (true) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      if (result == 1 && keep_last) return true;
      push();
      if (result == 1) return true;
      if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ || pull() <= 0) return false;
    }
  }
  /// The reason of the last failure: "tlsv1 alert protocol version".
  [[nodiscard]] static std::string complaint() {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? "" : reason;
  }
  /// Writes records that go over the wire with the next `push`.
  void keep(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  void push(std::size_t limit = std::string::npos) {
    char bytes[65536];
    while (limit > 0) {
      const std::size_t size = std::min({sizeof bytes, limit, drip_ == 0 ? sizeof bytes : drip_});
      const int count = BIO_read(SSL_get_wbio(ssl_.get()), bytes, static_cast<int>(size));
      if (count <= 0) return;
      for (int sent = 0; sent < count;) {
        const ssize_t more = ::send(socket(), bytes + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
        if (more <= 0) return;
        sent += static_cast<int>(more);
      }
      limit -= static_cast<std::size_t>(count);
    }
  }
  /// Ends its side with a notice.
  void finish() override {
    SSL_shutdown(ssl_.get());
    push();
    Client::finish();
  }
  /// Without one.
  void cut() { Client::finish(); }

  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] std::string peer_name() const {
    const Owned<X509> certificate(SSL_get1_peer_certificate(ssl_.get()));
    char name[256] = {};
    if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, 256);
    return name;
  }

 protected:
  ssize_t write(std::string_view bytes) override {
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    push();
    return count;
  }
  ssize_t read(std::span<char> bytes) override {
    while (true) {
      ERR_clear_error();
      const int count = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      push();
      if (count > 0) return count;
      const int reason = SSL_get_error(ssl_.get(), count);
      if (reason == SSL_ERROR_ZERO_RETURN) return 0;
      if (reason != SSL_ERROR_WANT_READ || pull() <= 0) return -1;
    }
  }

 private:
  ssize_t pull() {
    char bytes[65536];
    const ssize_t count = ::recv(socket(), bytes, sizeof bytes, 0);
    if (count > 0) BIO_write(SSL_get_rbio(ssl_.get()), bytes, static_cast<int>(count));
    return count;
  }

  std::size_t drip_;
  Owned<SSL_CTX> context_;
  Owned<SSL> ssl_;
};

}  // namespace hookferry::http::testing
