// Expected failures as values.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace hookferry {

/// An expected failure: a text that says what happened, to which thing, and what to do next.
struct Error {
  std::string message;
};

/// A value or an Error. Asking a failed result for its value is a broken invariant and throws std::logic_error.
template <class T>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error error(std::string message) {
  return Error{std::move(message)};
}

[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::logic_error("value() of a failed result: " + e.message);
}

}  // namespace hookferry
