#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "senders/explain_parts.h"

namespace hookferry::senders {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size() / 2);
  if (text.size() < 2 || !parse_hex(text, bytes)) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

class Variants {
 public:
  explicit Variants(const KnownSecret& secret) : secret_(secret) { out_.push_back({secret.value, {}}); }

  void add(std::string value, std::string_view cause, std::string_view what, std::string_view remedy) {
    if (std::ranges::any_of(out_, [&](const SecretVariant& known) { return known.value == value; })) return;
    out_.push_back(
        {std::move(value), {Finding{cause, cat("The secret in ", secret_.origin, " ", what), std::string(remedy)}}});
  }
  std::vector<SecretVariant> take() { return std::move(out_); }

 private:
  const KnownSecret& secret_;
  std::vector<SecretVariant> out_;
};

}  // namespace

std::vector<SecretVariant> secret_variants(const KnownSecret& secret) {
  Variants variants(secret);
  const std::string& value = secret.value;
  variants.add(trimmed(value), "secret with white space around it",
               "begins or ends with white space that the sender's has not.",
               "Take the white space out: printf instead of echo, no blank behind the '=' in an .env file.");
  for (const std::string_view ending : {"\n", "\r\n", " "}) {
    variants.add(value + std::string(ending), "secret with white space around it",
                 "is right but for white space at its end: the sender signs with such a secret.",
                 "Register the secret again at the sender without it; until then, put the same bytes here, as a file "
                 "whose last line break is doubled (one is stripped).");
  }
  if (value.size() > 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    variants.add(value.substr(1, value.size() - 2), "secret in quotes",
                 "has quotes around it that the sender's has not.",
                 "Take the quotes out: docker --env-file and systemd's EnvironmentFile differ in whether they do.");
  }
  if (const auto bytes = bytes_of_hex(value)) {
    variants.add(*bytes, "secret decoded from hex", "is written in hexadecimal, and the sender signs with its bytes.",
                 "Put the decoded bytes in a file (xxd -r -p) and name it as {file: PATH}.");
  }
  std::string_view rest = value;
  if (rest.starts_with("whsec_")) {
    rest.remove_prefix(6);
    variants.add(std::string(rest), "secret with a prefix", "begins with whsec_, which the sender leaves out.",
                 "Leave the prefix out here as well.");
  }
  if (const auto bytes = parse_base64(rest); bytes && !bytes->empty()) {
    variants.add(*bytes, "secret decoded from base64", "is written in base64, and the sender signs with its bytes.",
                 "Put the decoded bytes in a file (base64 -d) and name it as {file: PATH}.");
  }
  return variants.take();
}

}  // namespace hookferry::senders
