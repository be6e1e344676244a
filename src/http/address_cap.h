// How many connections each client's address has.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/network.h"

namespace hookferry::http {

/// Counts by address; of IPv6 by /64, which is what one client is usually given. Takes memory for the addresses that
/// have a connection, nothing for others. A tree, since clients choose their addresses and could make them collide in a
/// hash table. Thread-safe; must outlive its seats.
class AddressCap {
 public:
  /// One connection's place; given back when it ends. By default one that nobody counts.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept : cap_(std::exchange(other.cap_, nullptr)), address_(other.address_) {}
    Seat& operator=(Seat&& other) noexcept {
      std::swap(cap_, other.cap_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Seat() {
      if (cap_ != nullptr) cap_->leave(address_);
    }

   private:
    friend AddressCap;
    Seat(AddressCap& cap, const IpAddress& address) : cap_(&cap), address_(address) {}
    AddressCap* cap_ = nullptr;
    IpAddress address_;
  };

  /// `most` connections of each; 0: any number.
  explicit AddressCap(std::size_t most) : most_(most) {}

  /// Nullopt: that address has as many as it may.
  [[nodiscard]] std::optional<Seat> enter(const IpAddress& address) {
    if (most_ == 0) return Seat();
    const IpAddress counted = address.first_bits(address.is_v4() ? 32 : 64);
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[counted];  // of a new one 0, which is under any bound
    if (count >= most_) return std::nullopt;
    ++count;
    return Seat(*this, counted);
  }
  /// How many addresses are being counted.
  [[nodiscard]] std::size_t addresses() const {
    const std::lock_guard lock(mutex_);
    return counts_.size();
  }

 private:
  void leave(const IpAddress& counted) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(counted);
    if (--found->second == 0) counts_.erase(found);
  }

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<IpAddress, std::size_t> counts_;  // under mutex_
};

}  // namespace hookferry::http
