#include "http/transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <utility>

#include "base/check.h"

namespace hookferry::http {
namespace {

int whole(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

/// OpenSSL's way to the socket. Its own for sockets raises SIGPIPE, and does not tell when a read took all there was,
/// which spares a read for each request.
struct Transport::WireMethod {
  static int read(BIO* bio, char* out, int size) {
    Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::recv(wire.socket.get(), out, static_cast<std::size_t>(size), 0);
    wire.drained = count < size;
    wire.heard = wire.heard || count > 0;
    wire.blocked = count < 0 && BIO_sock_should_retry(-1) != 0;
    if (wire.blocked) BIO_set_retry_read(bio);
    return static_cast<int>(count);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    const Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::send(wire.socket.get(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_write(bio);
    return static_cast<int>(count);
  }
  /// Sees each message of the protocol.
  static void watch(int sent, int, int type, const void*, size_t, SSL*, void* wire_pointer) {
    Wire& wire = *static_cast<Wire*>(wire_pointer);
    if (sent == 0 && type == SSL3_RT_HANDSHAKE && wire.established) ++wire.talks;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* get() {
    struct Free {
      void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
    };
    static const std::unique_ptr<BIO_METHOD, Free> method = [] {
      std::unique_ptr<BIO_METHOD, Free> made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hookferry"));
      HOOKFERRY_CHECK(made != nullptr);
      BIO_meth_set_read(made.get(), read);
      BIO_meth_set_write(made.get(), write);
      BIO_meth_set_ctrl(made.get(), control);
      return made;
    }();
    return method.get();
  }
};

Transport::Transport(Descriptor socket, TlsSession session) : wire_{std::move(socket)}, session_(std::move(session)) {
  if (!session_) return;
  BIO* const bio = BIO_new(WireMethod::get());
  HOOKFERRY_CHECK(bio != nullptr);
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_app_data(session_.get(), &may_sign_);
  SSL_set_msg_callback(session_.get(), WireMethod::watch);
  SSL_set_msg_callback_arg(session_.get(), &wire_);
}

Transport::~Transport() {
  say_goodbye();
}

Transport::Handshake Transport::handshake(bool may_sign) {
  may_sign_ = may_sign;
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  may_sign_ = false;
  wire_.established = result == 1;
  if (wire_.established) return Handshake::done;
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Handshake::reads;
    case SSL_ERROR_WANT_WRITE:
      return Handshake::writes;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      return Handshake::signs;
    default:
      break;
  }
  broken_ = true;  // OpenSSL has sent the alert, if there was one to send
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  fault_ = reason == nullptr ? "the client has gone" : reason;
  return Handshake::failed;
}

ssize_t Transport::decrypt(std::span<char> bytes) {
  ERR_clear_error();
  receiving_writes_ = wire_.blocked = false;
  wire_.drained = false;  // what OpenSSL has read ahead says nothing of the socket: news may have come since
  const int count = SSL_read(session_.get(), bytes.data(), whole(bytes.size()));
  if (talkative()) {
    broken_ = true;
    errno = ECONNRESET;
    return -1;
  }
  if (count > 0) return count;
  switch (SSL_get_error(session_.get(), count)) {
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_WANT_WRITE:  // an answer to a new key of the client's
      receiving_writes_ = true;
      [[fallthrough]];
    case SSL_ERROR_WANT_READ:  // also where a message about the session was all there was
      errno = wire_.blocked || receiving_writes_ ? EAGAIN : EINTR;
      return -1;
    default:
      broken_ = true;
      errno = ECONNRESET;
      return -1;
  }
}

/// After the handshake writing never waits for something to read, since nothing is negotiated again.
ssize_t Transport::encrypt(std::string_view bytes) {
  ERR_clear_error();
  const int count = SSL_write(session_.get(), bytes.data(), whole(bytes.size()));
  if (count > 0) return count;
  if (SSL_get_error(session_.get(), count) == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
    return -1;
  }
  broken_ = true;
  errno = EPIPE;
  return -1;
}

/// Records that OpenSSL has read ahead cause no event.
bool Transport::more_to_decrypt() const noexcept {
  return !wire_.drained || SSL_has_pending(session_.get()) == 1;
}

void Transport::finish() noexcept {
  say_goodbye();
  session_.reset();
  ::shutdown(socket(), SHUT_WR);
}

/// Where there is no room for the notice the end goes without: what came before it has its length.
void Transport::say_goodbye() noexcept {
  if (!session_ || broken_ || SSL_is_init_finished(session_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(session_.get());
  ERR_clear_error();
}

}  // namespace hookferry::http
