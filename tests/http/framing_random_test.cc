// Seeded random requests, mutated, fed whole and in random pieces: the verdict has to be the same, and nothing may be
// read or written out of bounds (address sanitizer).
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/http/framing_run.h"

namespace hookferry::http {
namespace {

using namespace std::string_literals;
using testing::Framed;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string request() {
    std::string text = pick({"POST", "GET", "PUT"}) + " " + pick({"/hook", "/a%20b?c", "http://h/x", "/"}) + " " +
                       pick({"HTTP/1.1", "HTTP/1.1", "HTTP/1.0"}) + "\r\nHost: a\r\n";
    for (std::size_t i = number(4); i > 0; --i)
      text += pick({"X: y\r\n", "Connection: close\r\n", "X-Long: " + "z"s + "\r\n"});
    const std::size_t size = number(40);
    if (number(2) == 0) return text + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'b');
    return text + "Transfer-Encoding: chunked\r\n\r\n" + chunks(size) + pick({"", "T: u\r\n"}) + "\r\n";
  }

  std::string mutated(std::string text) {
    for (std::size_t i = number(4); i > 0 && !text.empty(); --i) {
      const std::size_t at = number(text.size());
      switch (number(4)) {
        case 0:
          text[at] = static_cast<char>(number(256));
          break;
        case 1:
          text.erase(at, 1 + number(3));
          break;
        case 2:
          text.insert(at,
                      pick({"\r", "\n", "\r\n", " ", "\t", "\0"s, ":", "%", ";", "0", "f", "Content-Length: 3\r\n"}));
          break;
        default:
          text.insert(at, text.substr(number(text.size()), number(20)));
          break;
      }
    }
    return text;
  }

  std::vector<std::size_t> pieces() {
    std::vector<std::size_t> sizes(number(12));
    for (std::size_t& size : sizes) size = 1 + number(number(3) == 0 ? 60 : 6);
    return sizes;
  }

 private:
  std::size_t number(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  std::string pick(const std::vector<std::string>& of) { return of[number(of.size())]; }
  std::string chunks(std::size_t size) {
    std::string text;
    while (size > 0) {
      const std::size_t part = 1 + number(std::min<std::size_t>(size, 9));
      text += std::to_string(part) + pick({"", ";e=f"}) + "\r\n" + std::string(part, 'c') + "\r\n";
      size -= part;
    }
    return text + "0\r\n";
  }

  std::mt19937 random_;
};

TEST(FramingRandom, VerdictDoesNotDependOnTheSplit) {
  Generator generator(20250115);
  int complete = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string input = generator.mutated(generator.request() + generator.request());
    const Framed whole = testing::frame_whole(input);
    const std::vector<std::size_t> pieces = generator.pieces();
    ASSERT_EQ(testing::frame(input, pieces), whole)
        << ::testing::PrintToString(input) << " in pieces of " << ::testing::PrintToString(pieces);
    complete += whole.status == 0 ? 1 : 0;
    refused += whole.status > 0 ? 1 : 0;
  }
  // The mutations are neither harmless nor always deadly.
  EXPECT_GT(complete, 4000);
  EXPECT_GT(refused, 4000);
}

TEST(FramingRandom, PureNoiseIsNeverARequest) {
  std::mt19937 random(7);
  for (int i = 0; i < 5'000; ++i) {
    std::string noise(1 + random() % 300, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    ASSERT_NE(testing::frame_whole(noise).status, 0);
  }
}

}  // namespace
}  // namespace hookferry::http
