// The port through which the logic asks what a topic takes.
#pragma once

#include <cstddef>

#include "hookferry/outcome.h"

namespace hookferry {

/// Thread-safe; an atomic load.
class TopicLimits {
 public:
  virtual ~TopicLimits() = default;
  /// How large a record batch the topic takes, in bytes (max.message.bytes).
  [[nodiscard]] virtual std::size_t max_message_bytes(TopicId topic) const noexcept = 0;
};

}  // namespace hookferry
