#include "app/watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <vector>

#include "app/reloader.h"

namespace hookferry::app {
namespace {

namespace fs = std::filesystem;

/// A directory of real files, as an operator or Kubernetes changes them.
class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    std::string pattern = testing::TempDir() + "hookferry-watch-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~WatchTest() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (directory_ / name).string(); }
  void write(const std::string& name, std::string_view content) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
  }
  /// As if the configuration had just been read from these.
  void expect(std::initializer_list<std::string> names) {
    const NotedEnvironment noted(system_, NotedEnvironment::Reading::first);
    for (const std::string& name : names) static_cast<void>(noted.read_file(path(name)));
    watch_.expect(noted.contents());
  }

  fs::path directory_;
  config::SystemEnvironment system_;
  FileWatch watch_{system_};
};

TEST_F(WatchTest, WhatStaysAsItIsIsNoChange) {
  write("a", "1");
  expect({"a"});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch_.changed());
  write("a", "1");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch_.changed()) << "written again, with the same content";
  write("b", "1");
  EXPECT_FALSE(watch_.changed()) << "not one of them";
}

TEST_F(WatchTest, AChangeIsToldWhenItHasSettled) {
  write("a", "1");
  expect({"a"});
  write("a", "2");
  EXPECT_FALSE(watch_.changed());
  EXPECT_TRUE(watch_.changed());
  EXPECT_TRUE(watch_.changed()) << "until it was read";
  expect({"a"});
  EXPECT_FALSE(watch_.changed());
}

TEST_F(WatchTest, SameSizeAndTimeDoNotHideAChange) {
  write("a", "1");
  const auto time = fs::last_write_time(path("a"));
  expect({"a"});
  write("a", "2");
  fs::last_write_time(path("a"), time);
  EXPECT_FALSE(watch_.changed());
  EXPECT_TRUE(watch_.changed());
}

TEST_F(WatchTest, WhatIsHalfWrittenIsGivenTime) {
  write("a", "secret-1");
  expect({"a"});
  for (const char* part : {"", "sec", "secret", "secret-2"}) {
    write("a", part);
    EXPECT_FALSE(watch_.changed()) << part;
  }
  EXPECT_TRUE(watch_.changed());
}

TEST_F(WatchTest, WhatIsMissingForAMomentIsNoChange) {
  write("a", "1");
  expect({"a"});
  fs::remove(path("a"));
  EXPECT_FALSE(watch_.changed());
  write("a", "1");
  EXPECT_FALSE(watch_.changed());
  EXPECT_FALSE(watch_.changed());
  fs::remove(path("a"));
  EXPECT_FALSE(watch_.changed());
  EXPECT_TRUE(watch_.changed()) << "missing for good";
  expect({"a"});
  EXPECT_FALSE(watch_.changed()) << "told once";
  write("a", "1");
  EXPECT_FALSE(watch_.changed());
  EXPECT_TRUE(watch_.changed()) << "and there again";
}

TEST_F(WatchTest, ASwapOfSymbolicLinksIsAChange) {
  // A mounted Secret: key -> ..data/key, ..data -> ..2025_1; an update makes ..2025_2 and renames a new ..data over.
  write("..2025_1/key", "1");
  fs::create_directory_symlink("..2025_1", path("..data"));
  fs::create_symlink("..data/key", path("key"));
  expect({"key"});
  EXPECT_FALSE(watch_.changed());
  write("..2025_2/key", "2");
  fs::create_directory_symlink("..2025_2", path("..data_tmp"));
  fs::rename(path("..data_tmp"), path("..data"));
  fs::remove_all(path("..2025_1"));
  EXPECT_FALSE(watch_.changed());
  EXPECT_TRUE(watch_.changed());
}

TEST_F(WatchTest, APipeIsReadOnceAndNeverLookedAt) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const NotedEnvironment again(system_, NotedEnvironment::Reading::again);
  const auto read = again.read_file(path("pipe"));  // nobody writes to it: reading it would wait for ever
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("not a regular file"), std::string::npos) << read.error().message;
  watch_.expect(again.contents());
  EXPECT_FALSE(watch_.changed());
  EXPECT_FALSE(watch_.changed());
}

/// What was applied, waited for.
class Applied {
 public:
  void apply(const config::Loaded& loaded) {
    const std::lock_guard lock(mutex_);
    contents_.push_back(loaded.config ? loaded.config->file : "failed");
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(const std::vector<std::string>& contents) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return contents_ == contents; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> contents_;
};

class ReloaderTest : public WatchTest {
 protected:
  /// In one step: the looks here are so close that anything else would be seen half done.
  void replace(const std::string& name, std::string_view content) const {
    write("new", content);
    fs::rename(path("new"), path(name));
  }
  /// The "configuration" is the text of a file; an empty one is not valid.
  void start(Duration pause) {
    const auto load = [this](const config::Environment& environment) {
      const auto text = environment.read_file(path("f"));
      config::Loaded loaded;
      if (text && !text->empty()) loaded.config.emplace().file = *text;
      return loaded;
    };
    const NotedEnvironment noted(system_, NotedEnvironment::Reading::first);
    static_cast<void>(load(noted));
    reloader_ = std::make_unique<Reloader>(
        Reloader::Ports{load, [this](const config::Loaded& loaded) { applied_.apply(loaded); }}, system_,
        noted.contents(), pause);
  }
  Applied applied_;
  std::unique_ptr<Reloader> reloader_;
};

TEST_F(ReloaderTest, ReadsAgainWhatHasChanged) {
  replace("f", "1");
  start(std::chrono::milliseconds(1));
  replace("f", "2");
  EXPECT_TRUE(applied_.wait_for({"2"}));
  replace("f", "3");
  EXPECT_TRUE(applied_.wait_for({"2", "3"}));
}

TEST_F(ReloaderTest, ReadsAgainWhenAskedThoughNothingHasChanged) {
  replace("f", "1");
  start(std::chrono::hours(1));
  reloader_->ask();
  EXPECT_TRUE(applied_.wait_for({"1"}));
  replace("f", "2");
  reloader_->ask();
  EXPECT_TRUE(applied_.wait_for({"1", "2"})) << "at once, also what has not settled";
}

TEST_F(ReloaderTest, TriesWhatIsNotValidOncePerContent) {
  replace("f", "1");
  start(std::chrono::milliseconds(1));
  fs::remove(path("f"));
  ASSERT_TRUE(applied_.wait_for({"failed"}));
  replace("f", "2");  // had it failed more than once, that would have come first
  EXPECT_TRUE(applied_.wait_for({"failed", "2"}));
}

}  // namespace
}  // namespace hookferry::app
