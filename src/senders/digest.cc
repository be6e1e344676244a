#include "senders/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string>

#include "base/check.h"

namespace hookferry::senders {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
};

const unsigned char* bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void HmacSha256::Free::operator()(EVP_MAC_CTX* context) const noexcept {
  EVP_MAC_CTX_free(context);
}

Result<HmacSha256> HmacSha256::make(std::string_view key) {
  const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (mac == nullptr) return error("OpenSSL has no HMAC: look into its configuration (openssl.cnf, OPENSSL_CONF)");
  HmacSha256 hmac(EVP_MAC_CTX_new(mac.get()));
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                                   OSSL_PARAM_construct_end()};
  // A null key means "the one of before", so that an empty one needs an address too.
  const unsigned char* const address = key.empty() ? reinterpret_cast<const unsigned char*>("") : bytes(key);
  if (hmac.context_ == nullptr || EVP_MAC_init(hmac.context_.get(), address, key.size(), parameters) != 1) {
    return error(
        "OpenSSL does not take this key for HMAC-SHA256: look into its configuration (openssl.cnf, OPENSSL_CONF)");
  }
  return hmac;
}

Digest HmacSha256::digest(std::string_view message) {
  Digest digest;
  std::size_t size = 0;
  // A failure here is no verdict on the signature, and there is nothing to go on with.
  HOOKFERRY_CHECK(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);
  HOOKFERRY_CHECK(EVP_MAC_update(context_.get(), bytes(message), message.size()) == 1);
  HOOKFERRY_CHECK(EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size());
  return digest;
}

void Sha256::Free::operator()(EVP_MD_CTX* context) const noexcept {
  EVP_MD_CTX_free(context);
}
void Sha256::Free::operator()(EVP_MD* algorithm) const noexcept {
  EVP_MD_free(algorithm);
}

Sha256::Sha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  HOOKFERRY_CHECK(algorithm_ != nullptr && context_ != nullptr);
}

Digest Sha256::digest(std::string_view message) {
  Digest digest;
  HOOKFERRY_CHECK(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1);
  HOOKFERRY_CHECK(EVP_DigestUpdate(context_.get(), message.data(), message.size()) == 1);
  HOOKFERRY_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  return digest;
}

bool equal_in_constant_time(const Digest& a, const Digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) noexcept {
  OPENSSL_cleanse(secret.data(), secret.size());
}

void append_field(std::string& out, std::string_view field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(size >> shift & 0xff));
  out.append(field);
}

}  // namespace hookferry::senders
