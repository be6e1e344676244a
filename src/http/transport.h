// The way between a connection and its socket: plain, or TLS over it.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "http/descriptor.h"
#include "http/tls.h"

namespace hookferry::http {

/// Belongs to one connection and its loop's thread, and never blocks. Nothing is read before the first call of
/// `handshake`, or of a plain one of `receive`.
class Transport {
 public:
  enum class Handshake : std::uint8_t {
    done,
    reads,   // waits for bytes
    writes,  // waits for room to write
    signs,   // the client's greeting is there: the next step is the one that costs a signature
    failed,
  };

  /// Plain without a session.
  Transport(Descriptor socket, TlsSession session);
  /// Tells the other side that the stream ends here, if it still can.
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  [[nodiscard]] int socket() const noexcept { return wire_.socket.get(); }
  [[nodiscard]] bool encrypted() const noexcept { return session_ != nullptr; }
  /// Whether anything has come from the other side; of TLS.
  [[nodiscard]] bool heard() const noexcept { return wire_.heard; }

  /// Whether the other side has talked about the session for too long, after the handshake; of TLS. Then it is broken.
  [[nodiscard]] bool talkative() const noexcept { return wire_.talks > most_talks; }

  /// Goes on with the handshake, of TLS. Without `may_sign` as far as to the signature.
  Handshake handshake(bool may_sign);
  /// Why it failed, as OpenSSL says it.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  /// As recv(2), errno included. An end without a notice is ECONNRESET: where a request ends is told by its framing.
  ssize_t receive(std::span<char> bytes) {
    if (encrypted()) return decrypt(bytes);
    return ::recv(socket(), bytes.data(), bytes.size(), 0);
  }
  /// Whether more may be there already when `count` of `asked` bytes were received; if not, an event tells of it.
  [[nodiscard]] bool more(std::size_t count, std::size_t asked) const noexcept {
    return encrypted() ? more_to_decrypt() : count == asked;
  }
  /// As send(2), without a signal.
  ssize_t send(std::string_view bytes) {
    if (encrypted()) return encrypt(bytes);
    return ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  /// Whether receiving waits for room to write.
  [[nodiscard]] bool receiving_writes() const noexcept { return receiving_writes_; }
  /// Ends this side of the stream. What is received from now on is not decrypted any more: it is only to be dropped.
  void finish() noexcept;

 private:
  /// A client that changes its keys, or asks for another handshake, again and again, wants to cost.
  static constexpr unsigned most_talks = 32;

  /// What is below TLS.
  struct Wire {
    Descriptor socket;
    bool heard = false;
    bool drained = false;  // the last read took all there was
    bool blocked = false;  // it found nothing
    bool established = false;
    unsigned talks = 0;  // of the client's messages about the session, those after the handshake
  };
  struct WireMethod;

  ssize_t decrypt(std::span<char> bytes);
  ssize_t encrypt(std::string_view bytes);
  [[nodiscard]] bool more_to_decrypt() const noexcept;
  void say_goodbye() noexcept;

  Wire wire_;
  TlsSession session_;
  bool may_sign_ = false;  // the session's greeting callback takes it back
  bool receiving_writes_ = false;
  bool broken_ = false;  // nothing can be said any more
  std::string fault_;
};

}  // namespace hookferry::http
