#include "senders/verifier.h"

#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "senders/digest.h"
#include "senders/headers.h"

namespace hookferry::senders {

struct Verifier::State {
  std::shared_ptr<const Source> source;
  std::vector<HmacSha256> hmacs;  // one for each secret, in the source's order
};

Verifier::Verifier(std::shared_ptr<const Source> source) : state_(std::make_unique<State>()) {
  for (const std::string& secret : source->secrets()) {
    Result<HmacSha256> hmac = HmacSha256::make(secret);
    HOOKFERRY_CHECK(hmac.has_value());  // Source::make has tried each of them
    state_->hmacs.push_back(std::move(*hmac));
  }
  state_->source = std::move(source);
}
Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;

std::variant<VerifiedBody, Rejection> Verifier::verify(std::span<const HeaderView> headers, std::string_view body) {
  const HeaderMatch signature = find_header(headers, state_->source->signature_header());
  if (signature.count == 0) return Rejection::signature_missing;
  if (signature.count > 1) return Rejection::signature_repeated;
  Digest given;
  if (!parse_hex(signature.value, given)) return Rejection::signature_malformed;

  constexpr std::size_t none = Source::max_secrets;
  std::size_t matching = none;
  for (std::size_t i = 0; i < state_->hmacs.size(); ++i) {
    // No early exit: the time must not tell which secret matched. Of two equal ones the first counts.
    const bool equal = equal_in_constant_time(state_->hmacs[i].digest(body), given);
    matching = equal && matching == none ? i : matching;
  }
  if (matching == none) return Rejection::signature_mismatch;
  return VerifiedBody(body, matching);
}

std::string sign(std::string_view secret, std::string_view body) {
  Result<HmacSha256> hmac = HmacSha256::make(secret);
  HOOKFERRY_CHECK(hmac.has_value());
  return hex(hmac->digest(body));
}

}  // namespace hookferry::senders
