// A list that grows while others read it.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/check.h"

namespace hookferry {

/// Elements stay where they are until the list's end, so a reference to one stays good. Reading takes no lock and may
/// happen at any time; appending is for one thread at a time. What an element is made with is seen by whoever sees it
/// counted in `size`.
template <class T>
class AppendOnly {
 public:
  /// More than there can be ids of 16 bits.
  static constexpr std::size_t max_size = 16 * ((std::size_t{1} << 13) - 1);

  AppendOnly() = default;
  ~AppendOnly() {
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) std::destroy_at(&(*this)[i]);
    for (std::size_t chunk = 0; chunk < chunks_.size() && chunks_[chunk] != nullptr; ++chunk) {
      std::allocator<T>().deallocate(chunks_[chunk], first_chunk << chunk);
    }
  }
  AppendOnly(const AppendOnly&) = delete;
  AppendOnly& operator=(const AppendOnly&) = delete;

  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    const std::size_t index = size_.load(std::memory_order_relaxed);
    HOOKFERRY_CHECK(index < max_size);
    const std::size_t chunk = chunk_of(index);
    if (chunks_[chunk] == nullptr) chunks_[chunk] = std::allocator<T>().allocate(first_chunk << chunk);
    T* const place = chunks_[chunk] + (index - begin_of(chunk));
    std::construct_at(place, std::forward<Arguments>(arguments)...);
    size_.store(index + 1, std::memory_order_release);
    return *place;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  /// `index` is below a `size` that this thread has seen, or was told of by one that has.
  [[nodiscard]] T& operator[](std::size_t index) noexcept {
    const std::size_t chunk = chunk_of(index);
    return chunks_[chunk][index - begin_of(chunk)];
  }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    const std::size_t chunk = chunk_of(index);
    return chunks_[chunk][index - begin_of(chunk)];
  }
  /// Iteration goes over what was there when it began.
  template <class List, class Element>
  class Position {
   public:
    Position(List& list, std::size_t index) : list_(&list), index_(index) {}
    Element& operator*() const noexcept { return (*list_)[index_]; }
    Position& operator++() noexcept {
      ++index_;
      return *this;
    }
    friend bool operator==(const Position& a, const Position& b) noexcept { return a.index_ == b.index_; }

   private:
    List* list_;
    std::size_t index_;
  };
  using Iterator = Position<AppendOnly, T>;
  using ConstIterator = Position<const AppendOnly, const T>;
  [[nodiscard]] Iterator begin() noexcept { return {*this, 0}; }
  [[nodiscard]] Iterator end() noexcept { return {*this, size()}; }
  [[nodiscard]] ConstIterator begin() const noexcept { return {*this, 0}; }
  [[nodiscard]] ConstIterator end() const noexcept { return {*this, size()}; }
  /// Null where there is no such element (yet).
  [[nodiscard]] T* find(std::size_t index) noexcept { return index < size() ? &(*this)[index] : nullptr; }
  [[nodiscard]] const T* find(std::size_t index) const noexcept { return index < size() ? &(*this)[index] : nullptr; }

 private:
  // Each chunk has twice the elements of the one before.
  static constexpr std::size_t first_chunk = 16;
  static constexpr std::size_t chunk_of(std::size_t index) noexcept {
    return static_cast<std::size_t>(std::bit_width(index / first_chunk + 1)) - 1;
  }
  static constexpr std::size_t begin_of(std::size_t chunk) noexcept {
    return first_chunk * ((std::size_t{1} << chunk) - 1);
  }

  std::array<T*, 13> chunks_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace hookferry
