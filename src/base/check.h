// Invariants that stay checked in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the process with the place and the broken condition: for bugs, never for what comes from outside.
#define HOOKFERRY_CHECK(condition)                                                                        \
  do {                                                                                                    \
    if (!(condition)) [[unlikely]] {                                                                      \
      std::fprintf(stderr, "hookferry: broken invariant at %s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                                       \
    }                                                                                                     \
  } while (false)
