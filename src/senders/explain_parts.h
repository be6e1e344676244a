// What explain.cc tries, in three lists: readings of a signature, variants of a body, variants of a secret. Each entry
// says what would have to be wrong for it to be the right one. Inside this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hookferry/bytes.h"
#include "senders/explain.h"

namespace hookferry::senders {

/// What a header's value could have been meant as.
struct SignatureReading {
  std::optional<Digest> digest;
  std::string part;  // without a digest: lower-case hexadecimal digits that it would begin with
  std::vector<Finding> findings;
};
[[nodiscard]] std::vector<SignatureReading> read_signature(std::string_view value);
/// What is wrong with a value that no reading is of: its length speaks of another algorithm, it is no encoding, …
[[nodiscard]] std::optional<Finding> odd_signature(std::string_view value);

/// What the sender could have signed instead of `body`.
struct BodyVariant {
  std::string bytes;
  std::vector<Finding> findings;
};
/// The first is the body itself; no two have the same bytes.
[[nodiscard]] std::vector<BodyVariant> body_variants(std::string_view body);
/// What is suspicious about a body of which no variant fits, headers compared.
[[nodiscard]] std::vector<Finding> odd_body(std::span<const HeaderView> headers, std::string_view body);

/// With what the sender could have signed instead of `secret`.
struct SecretVariant {
  std::string value;
  std::vector<Finding> findings;
};
/// The first is the secret itself.
[[nodiscard]] std::vector<SecretVariant> secret_variants(const KnownSecret& secret);

}  // namespace hookferry::senders
