// One client's connection: reads and frames requests, has them handled, writes the answers in order.
//
// At most one request is being answered at a time. While it is held or its answer is not written in full, nothing is
// read: what the client sent after it stays in the socket, but for what came with the same read (64 KiB at most).
#pragma once

#include <string>
#include <string_view>

#include "http/buffer.h"
#include "http/deadlines.h"
#include "http/descriptor.h"
#include "http/framing.h"
#include "http/services.h"
#include "http/transport.h"

namespace hookferry::http {

/// A connection as it was accepted.
struct Newcomer {
  Descriptor socket;
  IpAddress peer;
  AddressCap::Seat seat;  // nobody's of a trusted proxy
};

/// Belongs to one loop and its thread. Never blocks. Each call says what the loop has to do next.
class Connection {
 public:
  enum class Next : std::uint8_t {
    wait,     // for an event, an answer or a deadline
    again,    // there is more to do: call `run` in the next turn, so that others get theirs
    starved,  // a body waits for room in the budget: call `run` when there may be some
    sign,     // TLS: call `run` with Services::may_sign, when it is its turn
    write,    // as `wait`, and the socket has to be watched for room to write
    close,    // it is over: destroy it
  };

  /// `slot` is where the loop finds it again when an answer comes. `services` must outlive it.
  Connection(Newcomer newcomer, std::uint32_t slot, Services& services);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int socket() const noexcept { return transport_.socket(); }
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }

  /// Something may have arrived. `finished`: the client has ended its side of the stream.
  void readable(bool finished) noexcept;
  /// There is room to write again.
  void writable();
  /// Goes as far as it can within one turn's share.
  Next run();
  /// Whether it is this request that waits for its answer.
  [[nodiscard]] bool holds(std::uint64_t exchange) const noexcept {
    return state_ == State::held && exchange_ == exchange;
  }
  /// The answer to the held request.
  Next answer(const Answer& answer);
  /// Its deadline has passed.
  Next expire();
  /// Closes it if it is between two requests; one that has not sent its first request yet may go on.
  Next close_if_idle() { return used_ ? close_if_silent() : next(); }
  /// Closes it if nothing has come of its next request, or its first, or of its handshake.
  Next close_if_silent();

 private:
  enum class State : std::uint8_t { handshaking, receiving, held, writing, lingering, closed };
  struct Remains {
    std::size_t begin;  // before it everything is dealt with
    std::size_t end;    // behind it nothing is needed
    bool framed;        // what is between is known to the framer, which waits for more
  };

  [[nodiscard]] Next next() const noexcept;
  void shake_hands();
  void end_handshake() noexcept;
  void introduce();
  void refuse_introduction();
  void become(const IpAddress& client);
  void read();
  void read_to_scratch();
  void read_to_input();
  [[nodiscard]] bool make_room();
  [[nodiscard]] bool received(ssize_t count, std::size_t asked);
  void frame_input();
  Remains frame(std::span<char> bytes);
  void head_complete();
  [[nodiscard]] bool refuse_unserved();
  void handle(std::string_view body);
  void begin_exchange();
  void end_exchange() noexcept;
  void refuse_bytes(const Refusal& refusal);
  void refuse(const Answer& answer, SourceId source, bool without_body);
  void send_answer(const Answer& answer);
  void send(std::string_view bytes);
  void answer_written();
  void linger();

  Transport transport_;
  Services& services_;
  IpAddress address_;  // the peer's, or what a trusted one said in a PROXY header
  AddressCap::Seat seat_;
  bool trusted_;     // the address is a trusted proxy's
  bool introduced_;  // whether there is a PROXY header is known, and it was read
  const std::uint32_t slot_;
  State state_ = State::receiving;
  Transport::Handshake handshake_ = Transport::Handshake::reads;  // what it waits for, until it is done
  bool readable_ = false;
  bool finished_ = false;         // the client has ended its side of the stream
  bool unframed_ = false;         // input_ holds bytes that the framer has not seen
  bool starved_ = false;          // the last try to read found no room in the budget
  bool used_ = false;             // at least one request was answered
  SourceId awaited_ = no_source;  // of the request whose head is there and whose body is not
  // Of the request that is being answered:
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool without_body_ = false;
  bool close_after_ = false;
  SourceId source_ = no_source;
  std::uint64_t exchange_ = 0;  // 0: none
  MonotonicTime received_{};

  unsigned share_ = 0;        // what is left of this turn's
  std::size_t lingered_ = 0;  // bytes read and dropped after the last answer
  Framer framer_;
  Buffer input_;
  std::string output_;  // what could not be written yet
  Deadline deadline_;
};

}  // namespace hookferry::http
