#include "tests/bench/load/wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/bench/common/arguments.h"

namespace hookferry::bench {
namespace {

sockaddr_in address_of(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

void switch_on(int descriptor, int level, int option) {
  const int on = 1;
  setsockopt(descriptor, level, option, &on, sizeof on);
}

}  // namespace

TlsContext make_tls_context() {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) fail("OpenSSL makes no client");
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Wire::Wire(std::uint16_t port, std::uint32_t source, SSL_CTX* tls)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), port_(port) {
  if (descriptor_ < 0) fail(std::string("socket: ") + std::strerror(errno));
  switch_on(descriptor_, IPPROTO_TCP, TCP_NODELAY);
  switch_on(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const sockaddr_in from = address_of(source, 0);
  if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    fail(std::string("bind: ") + std::strerror(errno));
  }
  if (tls == nullptr) return;
  tls_.reset(SSL_new(tls));
  SSL_set_fd(tls_.get(), descriptor_);
  SSL_set_connect_state(tls_.get());
}

Wire::Wire(Wire&& other) noexcept {
  *this = std::move(other);
}

Wire& Wire::operator=(Wire&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  port_ = other.port_;
  connected_ = other.connected_;
  tls_ = std::move(other.tls_);
  return *this;
}

void Wire::close() {
  tls_.reset();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Wire::Io Wire::open() {
  if (!connected_) {
    const sockaddr_in to = address_of(INADDR_LOOPBACK, port_);
    const int result = connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    if (result != 0 && (errno == EINPROGRESS || errno == EALREADY)) return Io::again;
    if (result != 0 && errno != EISCONN) return Io::lost;
    connected_ = true;
  }
  return tls_ ? of_tls(SSL_do_handshake(tls_.get())) : Io::done;
}

Wire::Io Wire::write(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (tls_) {
      std::size_t written = 0;
      const Io io = of_tls(SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written));
      if (io != Io::done) return io;
      bytes.remove_prefix(written);
      continue;
    }
    const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Io::again : Io::lost;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return Io::done;
}

Wire::Io Wire::read(std::string& bytes) {
  std::array<char, 4096> buffer{};
  if (tls_) {
    std::size_t count = 0;
    const Io io = of_tls(SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &count));
    bytes.append(buffer.data(), count);
    return io;
  }
  const ssize_t count = recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Io::again;
  if (count <= 0) return Io::lost;
  bytes.append(buffer.data(), static_cast<std::size_t>(count));
  return Io::done;
}

Wire::Io Wire::of_tls(int result) const {
  if (result == 1) return Io::done;
  const int error = SSL_get_error(tls_.get(), result);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Io::again : Io::lost;
}

}  // namespace hookferry::bench
