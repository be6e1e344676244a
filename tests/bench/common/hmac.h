// HMAC-SHA256 as hookferry computes it: a keyed context that is used again.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "tests/bench/common/arguments.h"

namespace hookferry::bench {

class Hmac {
 public:
  explicit Hmac(const std::string& secret) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    context_.reset(EVP_MAC_CTX_new(hmac.get()));
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                     parameters.data()) != 1) {
      fail("HMAC-SHA256 is not to be had from OpenSSL");
    }
  }

  [[nodiscard]] std::array<unsigned char, 32> of(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    std::size_t size = 0;
    EVP_MAC_init(context_.get(), nullptr, 0, nullptr);  // the key as before
    EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    EVP_MAC_final(context_.get(), digest.data(), &size, digest.size());
    return digest;
  }

 private:
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{nullptr, EVP_MAC_CTX_free};
};

}  // namespace hookferry::bench
