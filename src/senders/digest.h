// HMAC-SHA256 and SHA-256 with contexts that are set up once: setting one up costs more than hashing a webhook's body.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "hookferry/bytes.h"

// OpenSSL's EVP_MAC_CTX, EVP_MD and EVP_MD_CTX.
struct evp_mac_ctx_st;
struct evp_md_ctx_st;
struct evp_md_st;

namespace hookferry::senders {

/// HMAC-SHA256 under one key. Not thread-safe; the key is wiped with it.
class HmacSha256 {
 public:
  /// Fails where OpenSSL's configuration has no HMAC-SHA256, or does not take this key.
  [[nodiscard]] static Result<HmacSha256> make(std::string_view key);
  [[nodiscard]] Digest digest(std::string_view message);

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const noexcept;
  };
  explicit HmacSha256(evp_mac_ctx_st* context) noexcept : context_(context) {}
  std::unique_ptr<evp_mac_ctx_st, Free> context_;
};

/// SHA-256. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  [[nodiscard]] Digest digest(std::string_view message);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
    void operator()(evp_md_st* algorithm) const noexcept;
  };
  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Whether two digests are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool equal_in_constant_time(const Digest& a, const Digest& b) noexcept;

/// Overwrites a secret before its memory is given back.
void wipe(std::string& secret) noexcept;

/// One field of a hash over several: its size as 32 bits, big-endian, then its bytes, so that no two lists of fields
/// have the same text.
void append_field(std::string& out, std::string_view field);
[[nodiscard]] inline std::string_view as_text(const Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace hookferry::senders
