// A TCP connection to this machine, plain or with TLS, that never blocks.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hookferry::bench {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A client's: it takes any certificate, and each connection has a full handshake, since no session is kept.
[[nodiscard]] TlsContext make_tls_context();

/// Movable; owns its socket. Its place in an epoll set ends with the socket.
class Wire {
 public:
  enum class Io : std::uint8_t {
    done,
    again,  // when the socket is ready
    lost    // closed by the server, or broken
  };

  Wire() = default;
  /// Begins to connect. `source` is an address of 127.0.0.0/8 in host order: a port can be used again only after a
  /// minute, but once for each address. Without a context it is plain.
  Wire(std::uint16_t port, std::uint32_t source, SSL_CTX* tls);
  ~Wire() { close(); }
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&& other) noexcept;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  void close();

  /// Until done, before anything is written.
  [[nodiscard]] Io open();
  /// Takes what was written off `bytes`; done when that is all.
  [[nodiscard]] Io write(std::string_view& bytes);
  /// Appends what is there; done when that is something.
  [[nodiscard]] Io read(std::string& bytes);

 private:
  [[nodiscard]] Io of_tls(int result) const;

  int descriptor_ = -1;
  std::uint16_t port_ = 0;
  bool connected_ = false;  // TCP
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

}  // namespace hookferry::bench
