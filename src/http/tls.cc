#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace hookferry::http {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

constexpr auto protocol = std::to_array<unsigned char>({8, 'h', 't', 't', 'p', '/', '1', '.', '1'});
constexpr auto session_context = std::to_array<unsigned char>({'h', 'o', 'o', 'k', 'f', 'e', 'r', 'r', 'y'});

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// What OpenSSL complains of last, and nothing of it is left.
std::string last_complaint() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason == nullptr ? std::string("unknown reason") : std::string(reason);
}

struct Certificates {
  std::vector<Certificate> all;
  std::string fault;
};

Certificates read_certificates(const std::string& pem) {
  Certificates found;
  ERR_clear_error();
  const Bio bio = reader(pem);
  while (X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    found.all.emplace_back(certificate);
  }
  const unsigned long code = ERR_peek_last_error();
  if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
    ERR_clear_error();  // the end of the text
    if (found.all.empty()) found.fault = "has no certificate in PEM (-----BEGIN CERTIFICATE-----)";
  } else {
    found.fault = cat("has a certificate (number ", found.all.size() + 1, ") that is damaged: ", last_complaint());
  }
  return found;
}

/// Notes that a passphrase is asked for, and has none: there is nobody to type it.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string use_certificates(SSL_CTX* context, const std::vector<Certificate>& certificates) {
  if (SSL_CTX_use_certificate(context, certificates.front().get()) != 1) {
    return cat("has a certificate that OpenSSL does not use: ", last_complaint(),
               "; ask for one with an RSA key of 2048 bits or more, or a P-256 key");
  }
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, certificates[i].get()) == 1) continue;
    return cat("has a certificate (number ", i + 1, ") that OpenSSL does not use: ", last_complaint());
  }
  return {};
}

std::string use_key(SSL_CTX* context, const std::string& pem, X509* certificate) {
  bool asked = false;
  ERR_clear_error();
  const Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, &asked));
  if (asked) {
    ERR_clear_error();
    return "is encrypted with a passphrase, which nobody is there to type: take it off with openssl pkey -in OLD -out "
           "NEW, and let hookferry alone read the new file";
  }
  if (!key) {
    ERR_clear_error();
    return "has no private key in PEM (-----BEGIN PRIVATE KEY-----)";
  }
  if (X509_check_private_key(certificate, key.get()) != 1) {
    ERR_clear_error();
    return "is not the key of the first certificate in http.tls.certificate: give the key that the certificate was "
           "made for, and put the server's own certificate first";
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return cat("is not used by OpenSSL: ", last_complaint());
  return {};
}

/// Clients need a certificate that one of these has signed, and are told whose names to look for.
std::string ask_clients(SSL_CTX* context, const std::string& pem) {
  const Certificates authorities = read_certificates(pem);
  if (!authorities.fault.empty()) return authorities.fault;
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const Certificate& authority : authorities.all) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 || SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return cat("has a certificate that OpenSSL does not use: ", last_complaint());
    }
  }
  // What stands in the file is trusted, whether it has signed itself or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

/// Stops each handshake before what costs a signature, until the session's owner lets it go on; once.
int hold_greeting(SSL* session, int*, void*) {
  bool* const may_sign = static_cast<bool*>(SSL_get_app_data(session));
  if (may_sign == nullptr || !std::exchange(*may_sign, false)) return SSL_CLIENT_HELLO_RETRY;
  return SSL_CLIENT_HELLO_SUCCESS;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, protocol.data(), protocol.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void set_protocol(SSL_CTX* context) {
  HOOKFERRY_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_security_level(context, 2);  // 112 bits: RSA from 2048 on, no SHA-1 signatures
  HOOKFERRY_CHECK(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
  HOOKFERRY_CHECK(SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1);
  // An idle connection has no buffers; a busy one reads what is there in one go.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);  // else one call reads as long as a client sends no data
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(Tls::ticket_life).count());
  HOOKFERRY_CHECK(SSL_CTX_set_session_id_context(context, session_context.data(), session_context.size()) == 1);
  SSL_CTX_set_client_hello_cb(context, hold_greeting, nullptr);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

WallTime end_of(const X509* certificate) {
  std::tm time{};
  HOOKFERRY_CHECK(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1);
  return WallTime(std::chrono::seconds(timegm(&time)));
}

WallTime first_end(const std::vector<Certificate>& certificates) {
  WallTime first = end_of(certificates.front().get());
  for (const Certificate& certificate : certificates) first = std::min(first, end_of(certificate.get()));
  return first;
}

}  // namespace

Result<WallTime> certificate_expiry(std::string_view pem) {
  const Certificates found = read_certificates(std::string(pem));
  if (!found.fault.empty()) return error(found.fault);
  return first_end(found.all);
}

void FreeTlsSession::operator()(ssl_st* session) const noexcept {
  SSL_free(session);
}

void Tls::FreeContext::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

/// All faults that can be found are; the context is of use only where there are none.
Tls::Context Tls::make_context(const TlsFiles& files, TlsFaults& faults) {
  Context context(SSL_CTX_new(TLS_server_method()));
  HOOKFERRY_CHECK(context != nullptr);
  set_protocol(context.get());
  const Certificates own = read_certificates(files.certificate);
  faults.certificate = own.fault;
  if (own.fault.empty()) {
    faults.certificate = use_certificates(context.get(), own.all);
    faults.key = use_key(context.get(), files.key, own.all.front().get());
  }
  if (!files.client_ca.empty()) faults.client_ca = ask_clients(context.get(), files.client_ca);
  return context;
}

TlsFaults check_tls(const TlsFiles& files) {
  TlsFaults faults;
  static_cast<void>(Tls::make_context(files, faults));
  return faults;
}

Result<std::shared_ptr<Tls>> Tls::create(TlsFiles files) {
  TlsFaults faults;
  Context context = make_context(files, faults);
  if (!faults.certificate.empty()) return error(cat("the file of http.tls.certificate ", faults.certificate));
  if (!faults.key.empty()) return error(cat("the file of http.tls.key ", faults.key));
  if (!faults.client_ca.empty()) return error(cat("the file of http.tls.client_ca ", faults.client_ca));
  const WallTime expiry = first_end(read_certificates(files.certificate).all);
  return std::shared_ptr<Tls>(new Tls(std::move(files), std::move(context), expiry));
}

Tls::Tls(TlsFiles files, Context context, WallTime expiry)
    : files_(std::move(files)), expiry_(expiry), context_(std::move(context)) {}

TlsSession Tls::begin(MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (!first_used_) first_used_ = now;
  if (now - *first_used_ >= ticket_life) {
    TlsFaults faults;
    context_ = make_context(files_, faults);
    HOOKFERRY_CHECK(!faults.any());  // the same texts as before
    first_used_ = now;
  }
  TlsSession session(SSL_new(context_.get()));
  HOOKFERRY_CHECK(session != nullptr);
  SSL_set_accept_state(session.get());
  return session;
}

}  // namespace hookferry::http
