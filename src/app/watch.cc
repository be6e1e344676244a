#include "app/watch.h"

#include <utility>

#include "base/text.h"
#include "senders/digest.h"

namespace hookferry::app {
namespace {

/// Of a file that is missing, cannot be read, or can be read only once.
constexpr Digest nothing{};

Digest digest_of(Result<std::string> content) {
  if (!content) return nothing;
  const Digest digest = senders::Sha256().digest(*content);
  senders::wipe(*content);
  return digest;
}

Digest look_at(const std::string& path, const config::Environment& environment) {
  return environment.may_be_read_again(path) ? digest_of(environment.read_file(path)) : nothing;
}

}  // namespace

std::optional<std::string> NotedEnvironment::variable(const std::string& name) const {
  return environment_.variable(name);
}

Result<std::string> NotedEnvironment::read_file(const std::string& path) const {
  const bool once = !environment_.may_be_read_again(path);
  if (once && reading_ == Reading::again) {
    contents_[path] = nothing;
    return error(cat("cannot read ", path, " again: it is not a regular file, so that only a restart reads it"));
  }
  Result<std::string> content = environment_.read_file(path);
  contents_[path] = once ? nothing : digest_of(content);
  return content;
}

void FileWatch::expect(Contents contents) {
  expected_ = std::move(contents);
  seen_ = expected_;
}

bool FileWatch::changed() {
  Contents now;
  for (const auto& [path, content] : expected_) now[path] = look_at(path, environment_);
  const bool settled = now == seen_;
  seen_ = std::move(now);
  return settled && seen_ != expected_;
}

}  // namespace hookferry::app
