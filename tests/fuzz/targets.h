// What the fuzzers feed: each takes any bytes, and ends the process where an invariant does not hold. Deterministic, so
// that a file of tests/fuzz/corpus does the same whenever it is fed. Not thread-safe.
#pragma once

#include <string_view>

namespace hookferry::fuzz {

struct Target {
  std::string_view name;  // of its folder in tests/fuzz/corpus
  void (*feed)(std::string_view input);
};

/// A request's head: what is accepted is read the same when it is written anew from what was read.
void head(std::string_view input);
/// A chunked body: in any pieces the same bytes, the same end and the same verdict, and never more than the cap.
void chunked(std::string_view input);
/// All requests of a connection: in any pieces the same.
void connection(std::string_view input);
/// What a connection begins with: as bytes come the verdict on a PROXY header is open, then it stays as it is, and a
/// whole header is known with its last byte.
void proxy_header(std::string_view input);
/// A sender's signed body: its record is JSON that another reader reads, and its data is the sender's, byte for byte.
void glossi(std::string_view input);
void meshqa(std::string_view input);
/// A configuration file: ends with a configuration or with errors, each at a place in the file.
void config(std::string_view input);
/// A row of the spool: is refused, or is what it would be written as.
void spool_row(std::string_view input);

inline constexpr Target targets[] = {
    {"head", head},     {"chunked", chunked}, {"connection", connection}, {"proxy_header", proxy_header},
    {"glossi", glossi}, {"meshqa", meshqa},   {"config", config},         {"spool_row", spool_row}};

}  // namespace hookferry::fuzz
