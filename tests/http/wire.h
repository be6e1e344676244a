// What the cases of the corpus are sent over: TCP, TLS, and whatever else a front is reached by.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tests/http/support.h"

namespace hookferry::http::testing {

/// A client's end of one connection. Every wait is bounded, so that a failing test ends.
class Wire {
 public:
  virtual ~Wire() = default;
  /// On its way at once, and as far as the other side takes it.
  virtual void send(std::string_view bytes) = 0;
  /// Ends this side of the stream.
  virtual void finish() = 0;
  /// All that comes until the other side ends its own, in order. `ended` is false where it does not.
  struct Received {
    std::string bytes;
    bool ended = false;
  };
  [[nodiscard]] virtual Received receive_all() = 0;
};

/// Of a Client, or what is one.
template <class AnyClient>
class ClientWire final : public Wire {
 public:
  explicit ClientWire(AnyClient client) : client_(std::move(client)) { client_.send_at_once(); }
  void send(std::string_view bytes) override { client_.send(bytes); }
  void finish() override { client_.finish(); }
  [[nodiscard]] Received receive_all() override {
    Received received;
    received.ended = client_.receive_to_the_end(received.bytes);
    return received;
  }

 private:
  AnyClient client_;
};

}  // namespace hookferry::http::testing
