// The process's limit of open files: each connection takes one.
#pragma once

#include <cstddef>

namespace hookferry::app {

/// Raises the soft limit to the hard one: the usual 1024 is there for programs that call select(), which this is not.
/// Where that fails the limit stays.
void raise_open_files() noexcept;

/// The soft limit as it is now.
[[nodiscard]] std::size_t open_files() noexcept;

/// How many connections fit below that limit beside what else a bridge opens (brokers, the spool, the admin port).
[[nodiscard]] std::size_t connections_within(std::size_t files) noexcept;

}  // namespace hookferry::app
