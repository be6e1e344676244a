// Says why a captured request does not verify: tries what commonly goes wrong with the signature, the body and the
// secret, until a combination fits. For people: the verdict itself is the Verifier's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "senders/source.h"
#include "senders/verifier.h"

namespace hookferry::senders {

/// A secret and where it comes from. The value is only ever a key here: no text has anything of it but its size.
struct KnownSecret {
  std::string origin;  // "env GLOSSI_WEBHOOK_SECRET"
  std::string value;
};

/// One thing that is wrong.
struct Finding {
  std::string_view cause;  // in a few words; a static text
  std::string what;        // with its particulars
  std::string remedy;      // what to do
};

struct Explanation {
  bool verifies = false;
  std::size_t secret = 0;         // when it verifies: position in the source's list, from 0
  bool certain = false;           // when not: with these findings mended it verifies; else they are what is likely
  std::vector<Finding> findings;  // the first is the one to begin with; empty when it verifies
};

/// `own` are the origins of the source's secrets, in its order; `others` are secrets of other sources, in case the
/// request was meant for one of them. Takes some hundred times as long as a verification: not for a server.
[[nodiscard]] Explanation explain(const std::shared_ptr<const Source>& source, std::span<const std::string> own,
                                  std::span<const KnownSecret> others, std::span<const HeaderView> headers,
                                  std::string_view body);

}  // namespace hookferry::senders
