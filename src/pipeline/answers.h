// What a sender is told for each outcome.
#pragma once

#include "hookferry/answer.h"
#include "hookferry/outcome.h"

namespace hookferry::pipeline {

/// Part of the public contract. Every rejection is told in the same words: nothing about the reason leaves the process.
[[nodiscard]] Answer answer_for(const Outcome& outcome);

}  // namespace hookferry::pipeline
