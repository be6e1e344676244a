// What is to be done once a lane's lock is free.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "delivery/flight.h"

namespace hookferry::delivery {

struct Effects {
  struct Reply {
    Waiter waiter;
    Outcome outcome;
  };
  std::optional<Reply> first;  // the usual one: no memory for it
  std::vector<Reply> others;
  std::vector<std::unique_ptr<Submission>> deferred;

  void reply(const Waiter& waiter, const Outcome& outcome) {
    if (!first) {
      first = Reply{waiter, outcome};
    } else {
      others.push_back({waiter, outcome});
    }
  }
};

inline constexpr std::string_view no_room = "the spool is full or failed";

[[nodiscard]] inline Outcome unavailable(std::string_view detail) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::unavailable;
  outcome.detail = detail;
  return outcome;
}

[[nodiscard]] inline Outcome duplicate(const Id128& id, Duration first_seen) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::duplicate;
  outcome.id = id;
  outcome.first_seen = first_seen;
  return outcome;
}

}  // namespace hookferry::delivery
