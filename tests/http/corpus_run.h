// Runs the cases of the corpus against a front: the answers are as each case says however its bytes are cut, and the
// handler gets the requests that it lists and no others.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "tests/http/corpus.h"
#include "tests/http/wire.h"

namespace hookferry::http::testing {

/// What came of a case.
struct Outcome {
  std::vector<int> statuses;  // but for 100
  bool closes = false;
  std::vector<std::string> bodies;
  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    for (const int status : outcome.statuses) out << status << ' ';
    out << (outcome.closes ? "close" : "open");
    for (const std::string& body : outcome.bodies) out << "\nbody: " << ::testing::PrintToString(body);
    return out;
  }
};

/// Reads answers one after the other. The answer to HEAD announces a body that does not come: all bodies of this front
/// begin with a brace, and no head does.
inline void read_answers(std::string_view received, Outcome& outcome) {
  bool close = false;
  while (!received.empty()) {
    ASSERT_FALSE(close) << "an answer behind one that says close";
    ASSERT_TRUE(received.starts_with("HTTP/1.1 ")) << received;
    const std::size_t end = received.find("\r\n\r\n");
    ASSERT_NE(end, std::string_view::npos) << received;
    const std::string head(received.substr(0, end + 2));
    received.remove_prefix(end + 4);
    const int status = std::stoi(head.substr(9));
    if (status == 100) continue;
    outcome.statuses.push_back(status);
    close = head.find("\r\nConnection: close\r\n") != std::string::npos;
    const std::size_t length = head.find("\r\nContent-Length: ");
    ASSERT_NE(length, std::string::npos) << head;
    if (received.starts_with('{')) received.remove_prefix(std::stoul(head.substr(length + 18)));
  }
  EXPECT_EQ(outcome.closes, close) << "whether the connection ends is what the last answer says";
}

/// A front with one path, and the cases sent to it: over TCP, unless a fixture says otherwise of both ends.
class CorpusTest : public ::testing::Test {
 protected:
  /// The sizes of the pieces that so many bytes are cut to; the last one is for what is left.
  using Cut = std::function<std::vector<std::size_t>(std::size_t size)>;

  [[nodiscard]] virtual FrontOptions options() const {
    FrontOptions options;
    options.listen = "127.0.0.1:0";
    options.limits.max_body = 1024;
    options.limits.max_head = 16384;
    options.limits.max_headers = 100;
    return options;
  }
  [[nodiscard]] virtual std::unique_ptr<Wire> connect() const {
    return std::make_unique<ClientWire<Client>>(Client(port()));
  }
  [[nodiscard]] std::uint16_t port() const { return front_->port(); }

  void SetUp() override {
    auto front = Front::bind(
        options(), {{"/hook", "POST"}},
        [this](std::size_t) { return [this](auto, auto& request) { return handle(request); }; }, clock_, telemetry_,
        log_.log);
    ASSERT_TRUE(front) << front.error().message;
    front_ = std::move(*front);
    ASSERT_TRUE(front_->serve());
  }

  std::optional<Answer> handle(const Request& request) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/hook");
    bodies_.emplace_back(request.body);
    Answer answer;
    answer.status = 200;
    answer.body = "{}";
    return answer;
  }

  /// Where the front is expected to close, the client leaves that to it; else it ends the stream, so that all answers
  /// are known.
  Outcome run(const CorpusCase& of, const std::vector<std::size_t>& pieces) {
    const std::unique_ptr<Wire> wire = connect();
    std::string_view rest(of.bytes);
    for (const std::size_t size : pieces) {
      wire->send(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    wire->send(rest);
    if (!of.closes) wire->finish();
    const Wire::Received received = wire->receive_all();
    EXPECT_TRUE(received.ended) << "the stream does not end, or by a reset";
    Outcome outcome{.statuses = {}, .closes = of.closes, .bodies = {}};
    read_answers(received.bytes, outcome);
    const std::lock_guard lock(mutex_);
    outcome.bodies = std::exchange(bodies_, {});
    return outcome;
  }

  void run_all(const Cut& cut) {
    const std::vector<CorpusCase> cases = read_corpus();
    EXPECT_GE(cases.size(), 400u);
    for (const CorpusCase& each : cases) {
      const std::vector<std::size_t> pieces = cut(each.bytes.size());
      SCOPED_TRACE(each.name + " in pieces of " + ::testing::PrintToString(pieces));
      EXPECT_EQ(run(each, pieces), (Outcome{each.statuses, each.closes, each.bodies}));
    }
  }

  /// The three ways in which the bytes of a case are cut.
  void run_whole() {
    run_all([](std::size_t) { return std::vector<std::size_t>(); });
  }
  void run_byte_by_byte() {
    run_all([](std::size_t size) { return std::vector<std::size_t>(size, 1); });
  }
  void run_cut_at_random() {
    std::mt19937 random(6);
    for (int round = 0; round < 4; ++round) {
      run_all([&](std::size_t size) {
        std::vector<std::size_t> pieces(1 + random() % 4);
        for (std::size_t& piece : pieces) piece = 1 + random() % std::max<std::size_t>(size, 1);
        return pieces;
      });
    }
  }

 private:
  SystemClock clock_;
  RecordingTelemetry telemetry_;
  SilentLog log_;
  std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::unique_ptr<Front> front_;  // last: its threads use the rest
};

}  // namespace hookferry::http::testing
