#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "config/config.h"

namespace hookferry::config {
namespace {

TEST(SystemEnvironment, Variables) {
  ::setenv("HOOKFERRY_TEST_VARIABLE", "value", 1);
  EXPECT_EQ(SystemEnvironment().variable("HOOKFERRY_TEST_VARIABLE"), "value");
  ::unsetenv("HOOKFERRY_TEST_VARIABLE");
  EXPECT_EQ(SystemEnvironment().variable("HOOKFERRY_TEST_VARIABLE"), std::nullopt);
}

TEST(SystemEnvironment, WhatCanBeReadAgain) {
  const std::string directory = testing::TempDir();
  const std::string pipe = cat(directory, "hookferry-pipe-", ::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(SystemEnvironment().may_be_read_again(pipe));
  ::unlink(pipe.c_str());
  EXPECT_TRUE(SystemEnvironment().may_be_read_again(pipe)) << "there is nothing: reading fails at once";
  EXPECT_TRUE(SystemEnvironment().may_be_read_again("/proc/self/status"));
}

TEST(SystemEnvironment, FilesByteForByte) {
  std::string path = testing::TempDir() + "hookferry-environment-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  std::string content(100000, 'x');
  content[5] = '\0';
  content += "\r\n";
  std::ofstream(path, std::ios::binary) << content;
  const Result<std::string> read = SystemEnvironment().read_file(path);
  ::unlink(path.c_str());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, content);
}

TEST(SystemEnvironment, SaysWhyAFileCannotBeRead) {
  const Result<std::string> none = SystemEnvironment().read_file("/no/such/file");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "cannot read /no/such/file: No such file or directory");
  const Result<std::string> folder = SystemEnvironment().read_file("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot read /: Is a directory");
  const Result<std::string> endless = SystemEnvironment().read_file("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message, "cannot read /dev/zero: larger than 16 MiB");
}

}  // namespace
}  // namespace hookferry::config
