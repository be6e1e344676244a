// A growable run of bytes that a connection reads into, and the bound on all of them together.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

namespace hookferry::http {

/// Bytes in the buffers of all connections of a front. Thread-safe.
class BufferBudget {
 public:
  explicit BufferBudget(std::size_t limit) : limit_(limit) {}
  /// Adds what has to be kept in any case: bytes that were read already, heads.
  void add(std::size_t bytes) noexcept { used_.fetch_add(bytes, std::memory_order_relaxed); }
  /// Adds if it fits.
  [[nodiscard]] bool try_add(std::size_t bytes) noexcept {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
    remove(bytes);
    return false;
  }
  void remove(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] bool full() const noexcept { return used() >= limit_; }
  [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

/// Not initialised, grown by realloc, freed when empty: an idle connection holds none. Its capacity counts in the
/// budget, which must outlive it. Not thread-safe.
class Buffer {
 public:
  explicit Buffer(BufferBudget& budget) : budget_(budget) {}
  ~Buffer() { release(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<char> bytes() noexcept { return {data_.get() + begin_, size_}; }
  /// Where to read into.
  [[nodiscard]] std::span<char> room() noexcept { return {data_.get() + begin_ + size_, capacity_ - begin_ - size_}; }
  void extend(std::size_t count) noexcept { size_ += count; }
  void truncate(std::size_t size) noexcept { size_ = size; }

  /// Grows to at least `capacity` bytes and moves what is there to the front. Without room in the budget: only if
  /// `force`.
  [[nodiscard]] bool reserve(std::size_t capacity, bool force) {
    if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, size_);
      begin_ = 0;
    }
    if (capacity <= capacity_) return true;
    const std::size_t more = capacity - capacity_;
    if (force) {
      budget_.add(more);
    } else if (!budget_.try_add(more)) {
      return false;
    }
    char* const grown = static_cast<char*>(std::realloc(data_.get(), capacity));
    if (grown == nullptr) {
      budget_.remove(more);
      throw std::bad_alloc();
    }
    static_cast<void>(data_.release());
    data_.reset(grown);
    capacity_ = capacity;
    return true;
  }
  /// Drops `count` bytes from the front; when nothing is left, the memory too.
  void consume(std::size_t count) noexcept {
    begin_ += count;
    size_ -= count;
    if (size_ == 0) release();
  }
  void release() noexcept {
    data_.reset();
    budget_.remove(capacity_);
    begin_ = size_ = capacity_ = 0;
  }

 private:
  struct Free {
    void operator()(char* data) const noexcept { std::free(data); }
  };
  BufferBudget& budget_;
  std::unique_ptr<char, Free> data_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace hookferry::http
