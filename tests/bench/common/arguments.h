// The command line of the benchmark's programs: pairs of --name and value.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace hookferry::bench {

[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(2);
}

/// Each name is taken once; `check_all_taken` ends the program where one was given that nothing takes.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (i + 1 == argc) fail("no value after " + name);
      given_[name] = argv[i + 1];
    }
  }

  [[nodiscard]] std::string text(const std::string& name, std::string otherwise) {
    const auto found = given_.find(name);
    if (found == given_.end()) return otherwise;
    std::string value = std::move(found->second);
    given_.erase(found);
    return value;
  }
  [[nodiscard]] std::string text(const std::string& name) {
    std::string value = text(name, {});
    if (value.empty()) fail(name + " is missing");
    return value;
  }
  [[nodiscard]] double number(const std::string& name, double otherwise) {
    const std::string value = text(name, {});
    if (value.empty()) return otherwise;
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (*end != '\0' || number < 0) fail(name + " takes a number, not " + value);
    return number;
  }
  [[nodiscard]] std::size_t count(const std::string& name, std::size_t otherwise) {
    return static_cast<std::size_t>(number(name, static_cast<double>(otherwise)));
  }

  void check_all_taken() const {
    if (!given_.empty()) fail("unknown option " + given_.begin()->first);
  }

 private:
  std::map<std::string, std::string> given_;
};

}  // namespace hookferry::bench
