// What becomes of lines when the descriptor does not take them.
#include "base/log_writer.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>

#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "tests/log/fake_clock.h"
#include "tests/log/outputs.h"

namespace hookferry {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

void notice(std::string& out, WallTime, std::uint64_t count) {
  out.append(cat("dropped ", count, "\n"));
}

std::string line_of(int i, std::size_t size = 100) {
  std::string line = cat("line ", i, ' ');
  line.resize(size - 1, '.');
  line.push_back('\n');
  return line;
}

TEST(LogWriter, DropsWhatDoesNotFitAndSaysHowMany) {
  Pipe pipe;
  pipe.fill();
  LogWriter writer(pipe.writer(), 10'000, notice);
  for (int i = 0; i < 1000; ++i) writer.append(line_of(i), FakeClock::start);
  EXPECT_EQ(writer.dropped(), 900u);
  EXPECT_FALSE(writer.flush(0s));

  const std::string text = pipe.read_until("line 99 ");
  ASSERT_TRUE(writer.flush(10s));
  writer.append("last\n", FakeClock::start);
  std::vector<std::string> lines = lines_of(text + pipe.read_until("last\n"));
  std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
  ASSERT_GE(lines.size(), 102u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(lines[static_cast<std::size_t>(i)] + "\n", line_of(i));
  // Where the gap is, in one or two parts: the thread may have taken lines while the rest was dropped.
  int told = 0;
  for (std::size_t i = 100; i < lines.size() - 1; ++i) {
    ASSERT_THAT(lines[i], testing::StartsWith("dropped "));
    told += std::stoi(lines[i].substr(8));
  }
  EXPECT_EQ(told, 900);
  EXPECT_EQ(lines.back(), "last");
  EXPECT_EQ(writer.dropped(), 900u);
}

TEST(LogWriter, WritesEveryLineWholeWhileDropping) {
  Pipe pipe;
  LogWriter writer(pipe.writer(), 10'000, notice);
  constexpr int sent = 20'000;
  std::thread sender([&writer] {
    for (int i = 0; i < sent; ++i) writer.append(line_of(i), FakeClock::start);
    while (!writer.flush(10s)) continue;
    writer.append("last\n", FakeClock::start);
  });
  const auto lines = lines_of(pipe.read_until("last\n"));
  sender.join();
  std::uint64_t told = 0;
  std::uint64_t shown = 0;
  int before = -1;
  for (const std::string& line : lines) {
    if (line.starts_with("dropped ")) {
      told += std::stoull(line.substr(8));
    } else if (line != "last") {
      const int number = std::stoi(line.substr(5));
      EXPECT_EQ(line + "\n", line_of(number)) << "whole";
      EXPECT_GT(number, before) << "in order";
      before = number;
      ++shown;
    }
  }
  EXPECT_EQ(told, writer.dropped());
  EXPECT_EQ(shown + told, static_cast<std::uint64_t>(sent));
}

TEST(LogWriter, NeverTakesALineThatIsLargerThanTheBuffer) {
  MemoryFile file;
  LogWriter writer(file.descriptor(), 100, notice);
  writer.append(line_of(0, 101), FakeClock::start);
  writer.append(line_of(1, 100), FakeClock::start);
  EXPECT_TRUE(writer.flush(10s));
  EXPECT_THAT(lines_of(file.text()), UnorderedElementsAre(line_of(1, 100).substr(0, 99), "dropped 1"));
}

TEST(LogWriter, CountsLinesThatCouldNotBeMade) {
  MemoryFile file;
  LogWriter writer(file.descriptor(), 100, notice);
  writer.drop();
  writer.append("line\n", FakeClock::start);
  EXPECT_TRUE(writer.flush(10s));
  EXPECT_EQ(writer.dropped(), 1u);
  EXPECT_THAT(lines_of(file.text()), UnorderedElementsAre("line", "dropped 1"));
}

TEST(LogWriter, FillsABufferThatIsSmallerThanWhatComes) {
  MemoryFile file;
  LogWriter writer(file.descriptor(), 4000, notice);
  for (int i = 0; i < 500; ++i) {
    if (i % 20 == 0) {
      EXPECT_TRUE(writer.flush(10s));
    }
    writer.append(line_of(i), FakeClock::start);
  }
  EXPECT_TRUE(writer.flush(10s));
  EXPECT_EQ(writer.dropped(), 0u);
  EXPECT_THAT(lines_of(file.text()), SizeIs(500));
}

TEST(LogWriter, EndsWithinItsSecondWhenNobodyReads) {
  Pipe pipe;
  pipe.fill();
  auto writer = std::make_unique<LogWriter>(pipe.writer(), 1 << 20, notice);
  for (int i = 0; i < 2000; ++i) writer->append(line_of(i), FakeClock::start);
  const auto start = steady_clock::now();
  writer.reset();
  EXPECT_LT(steady_clock::now() - start, 1500ms);
}

TEST(LogWriter, WritesWhatIsLeftAtTheEnd) {
  MemoryFile file;
  {
    LogWriter writer(file.descriptor(), 1 << 20, notice);
    for (int i = 0; i < 2000; ++i) writer.append(line_of(i), FakeClock::start);
  }
  EXPECT_THAT(lines_of(file.text()), SizeIs(2000));
}

TEST(LogWriter, GoesOnWhenItsReaderIsGone) {
  // The default action of SIGPIPE, which would end this process.
  ASSERT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  Pipe pipe;
  LogWriter writer(pipe.writer(), 10'000, notice);
  pipe.close_reader();
  writer.append("a\n", FakeClock::start);
  writer.append("b\n", FakeClock::start);
  EXPECT_FALSE(writer.flush(10s)) << "done, but not written";
  EXPECT_EQ(writer.dropped(), 2u);
  writer.append("c\n", FakeClock::start);
  EXPECT_FALSE(writer.flush(10s));
  EXPECT_EQ(writer.dropped(), 3u);
}

TEST(LogWriter, GoesOnWhenItsDescriptorIsClosed) {
  for (const int descriptor : {-1, 1 << 20}) {  // nothing has the second
    LogWriter writer(descriptor, 10'000, notice);
    writer.append("a\n", FakeClock::start);
    EXPECT_FALSE(writer.flush(10s));
    EXPECT_EQ(writer.dropped(), 1u);
  }
}

TEST(LogWriter, TellsOfTheGapWhenTheDescriptorTakesLinesAgain) {
  MemoryFile file;
  const int read_only = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int descriptor = ::dup(read_only);
  LogWriter writer(descriptor, 10'000, notice);
  writer.append("a\n", FakeClock::start);
  EXPECT_FALSE(writer.flush(10s));
  ASSERT_EQ(::dup2(file.descriptor(), descriptor), descriptor);
  writer.append("b\n", FakeClock::start);
  EXPECT_TRUE(writer.flush(10s));
  EXPECT_THAT(lines_of(file.text()), ElementsAre("dropped 1", "b"));
  ::close(read_only);
  ::close(descriptor);
}

TEST(LogWriter, WritesToASocketWithoutHangingInIt) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  auto writer = std::make_unique<LogWriter>(ends[0], 4 << 20, notice);
  for (int i = 0; i < 20'000; ++i) writer->append(line_of(i), FakeClock::start);  // 2 MB: more than it takes
  const auto start = steady_clock::now();
  EXPECT_FALSE(writer->flush(1ms));
  writer.reset();
  EXPECT_LT(steady_clock::now() - start, 1500ms);
  std::array<char, 100> first{};
  EXPECT_EQ(::read(ends[1], first.data(), first.size()), 100);
  EXPECT_EQ(std::string_view(first.data(), first.size()), line_of(0));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(LogWriter, LeavesTheDescriptorsFlagsAlone) {
  Pipe pipe;
  const int before = ::fcntl(pipe.writer(), F_GETFL);
  {
    LogWriter writer(pipe.writer(), 10'000, notice);
    writer.append("a\n", FakeClock::start);
    EXPECT_TRUE(writer.flush(10s));
    EXPECT_EQ(::fcntl(pipe.writer(), F_GETFL), before);
  }
  EXPECT_EQ(::fcntl(pipe.writer(), F_GETFL), before);
}

TEST(LogWriter, TheLogSaysHowManyWereDropped) {
  MemoryFile file;
  FakeClock clock;
  LogOptions options;
  options.descriptor = file.descriptor();
  options.capacity = 60;
  options.clock = &clock;
  Log log(options);
  log.info(std::string(60, 'x'));
  log.info("short");
  EXPECT_TRUE(log.flush(10s));
  EXPECT_EQ(log.dropped(), 1u);
  EXPECT_THAT(lines_of(file.text()),
              UnorderedElementsAre("12:00:01.234 info   short",
                                   "12:00:01.234 warn   log lines dropped here: 1: what reads them is slower than what "
                                   "is logged"));
}

}  // namespace
}  // namespace hookferry
