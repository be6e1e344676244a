#include "http/client.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "http/capture.h"
#include "http/descriptor.h"
#include "http/listener.h"

namespace hookferry::http {
namespace {

using testing::HasSubstr;

TEST(Url, IsSplitIntoServerAndPath) {
  const auto whole = parse_url("https://hooks.example.com:8443/webhooks/glossi?a=b");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->server, "https://hooks.example.com:8443");
  EXPECT_EQ(whole->path, "/webhooks/glossi?a=b");
  EXPECT_EQ(parse_url("http://[::1]:80")->server, "http://[::1]:80");
  EXPECT_EQ(parse_url("http://localhost")->path, "");
  EXPECT_EQ(parse_url("http://localhost?a")->path, "/?a");
}

TEST(Url, IsRefusedWithAReason) {
  for (const std::string_view text : {"", "localhost:8080", "ftp://a/", "http://", "http:///path", "http://user@host/",
                                      "http://a/#b", "http://a/ b", "http://a/\n", "//a/b"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().message, HasSubstr("http://HOST:PORT/PATH"));
  }
}

/// Takes one request on a port of its own, on a thread.
class Capturing {
 public:
  explicit Capturing(Capture::Options options) : capture_(Capture::open("127.0.0.1:0").value()) {
    thread_ = std::thread([this, options = std::move(options)] { taken_ = capture_->take(options).value(); });
  }
  ~Capturing() { taken(); }
  [[nodiscard]] std::string server() const { return "http://127.0.0.1:" + std::to_string(capture_->port()); }
  const CapturedRequest& taken() {
    if (thread_.joinable()) thread_.join();
    return taken_;
  }

 private:
  std::unique_ptr<Capture> capture_;
  CapturedRequest taken_;
  std::thread thread_;
};

Capture::Options options(std::vector<std::string>* notes = nullptr) {
  Capture::Options out;
  out.stop = [] { return false; };
  out.note = [notes](std::string_view what) {
    if (notes != nullptr) notes->emplace_back(what);
  };
  out.answer = [](const CapturedRequest&) {
    Answer answer;
    answer.status = 503;
    answer.body = "{\"error\":\"captured\"}";
    return answer;
  };
  return out;
}

TEST(Capture, TakesOneRequestByteForByte) {
  Capturing capturing(options());
  const std::string body("{\"a\":1}\n\0\xff", 10);
  Client client(capturing.server());
  const auto answer = client.post("/webhooks/glossi?x=y", body, {{"X-Glossi-Signature", "abc"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "{\"error\":\"captured\"}");
  EXPECT_GT(answer->elapsed, Duration());
  const CapturedRequest& request = capturing.taken();
  EXPECT_EQ(request.body, body);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/webhooks/glossi");
  EXPECT_EQ(request.address, "127.0.0.1");
  EXPECT_THAT(request.head, testing::StartsWith("POST /webhooks/glossi?x=y HTTP/1.1\r\n"));
  EXPECT_THAT(request.head, testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(request.headers, testing::Contains(testing::Pair("X-Glossi-Signature", "abc")));
}

TEST(Capture, WaitsForAPostThatCanBeRead) {
  std::vector<std::string> notes;
  Capturing capturing(options(&notes));
  const auto got = Client(capturing.server()).get("/");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 405);
  const auto refused = Client(capturing.server()).post("/", "x", {{"Transfer-Encoding", "gzip"}});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  ASSERT_TRUE(Client(capturing.server()).post("/third", "x", {}));
  EXPECT_EQ(capturing.taken().path, "/third");
  EXPECT_THAT(notes, testing::ElementsAre(HasSubstr("a GET of /, told 405"), HasSubstr("refused")));
}

TEST(Capture, EndsWhenItIsStopped) {
  Capture::Options stopped = options();
  stopped.stop = [] { return true; };
  EXPECT_FALSE(Capture::open("127.0.0.1:0").value()->take(stopped));
}

TEST(Capture, SaysWhichPortIsTaken) {
  const auto first = Capture::open("127.0.0.1:0").value();
  const std::string address = "127.0.0.1:" + std::to_string(first->port());
  const auto second = Capture::open(address);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(address));
}

/// Takes one connection, and sends it `first` once and then `again` for as long as it is there.
class Babbler {
 public:
  Babbler(std::string first, std::string again) {
    EXPECT_TRUE(start_listening(listener_));
    thread_ = std::thread([this, first = std::move(first), again = std::move(again)] {
      pollfd waiting{listener_.socket.get(), POLLIN, 0};
      EXPECT_EQ(::poll(&waiting, 1, -1), 1);
      const Descriptor client(::accept4(waiting.fd, nullptr, nullptr, SOCK_CLOEXEC));
      const auto send = [&](const std::string& text) {
        return ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0;
      };
      for (bool there = send(first); there;) there = send(again);
    });
  }
  ~Babbler() { thread_.join(); }
  [[nodiscard]] std::string server() const { return "http://127.0.0.1:" + std::to_string(listener_.port); }

 private:
  Listener listener_ = bind_listener("127.0.0.1:0").value();
  std::thread thread_;
};

TEST(Client, EndsWithAServerThatNeverEndsItsHead) {
  const Babbler server("HTTP/1.1 200 OK\r\n", "A: b\r\n");
  Client client(server.server());
  client.bound(std::chrono::milliseconds(200));
  const auto answer = client.post("/token", "x", {});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("no answer in time"));
}

TEST(Client, EndsWithAServerThatNeverEndsItsBody) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
  const Babbler server(head, std::string(1 << 16, 'x'));
  Client client(server.server());
  const auto answer = client.get("/");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("longer than 4194304 bytes"));
}

TEST(Client, IsNotEndedByItsBoundWhereTheAnswerIsInTime) {
  Capturing capturing(options());
  Client client(capturing.server());
  client.bound(std::chrono::seconds(20));
  const auto answer = client.post("/", "x", {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 503);
}

TEST(Client, SaysWhatItCannotReachAndWhy) {
  std::uint16_t port = 0;
  {
    port = Capture::open("127.0.0.1:0").value()->port();  // free again
  }
  const std::string server = "http://127.0.0.1:" + std::to_string(port);
  const auto answer = Client(server).get("/");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("cannot reach " + server));
}

}  // namespace
}  // namespace hookferry::http
