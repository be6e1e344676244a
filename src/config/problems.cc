#include "config/problems.h"

#include <algorithm>

#include "base/text.h"
#include "config/masking.h"

namespace hookferry::config {
namespace {

constexpr std::size_t widest_excerpt = 120;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The number of characters in the first `bytes` bytes of a line.
int characters(std::string_view line, std::size_t bytes) {
  const std::string_view part = line.substr(0, bytes);
  return static_cast<int>(part.size() -
                          static_cast<std::size_t>(std::count_if(part.begin(), part.end(), continues_character)));
}

/// What stands above the caret, as blanks: a tab stays one, so that the caret comes out right at any width.
std::string indentation(std::string_view excerpt, int column) {
  std::string out;
  for (const char c : excerpt) {
    if (continues_character(c)) continue;
    if (static_cast<int>(out.size()) + 1 >= column) break;
    out.push_back(c == '\t' ? '\t' : ' ');
  }
  return out;
}

/// Cut to a terminal's width, between two characters.
std::string cut(std::string_view excerpt) {
  if (excerpt.size() <= widest_excerpt) return std::string(excerpt);
  std::size_t size = widest_excerpt;
  while (continues_character(excerpt[size])) --size;
  return cat(excerpt.substr(0, size), "...");
}

}  // namespace

std::string format(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) out.append(cat(":", problem.line, ":", problem.column));
  if (!out.empty()) out.append(": ");
  if (problem.severity == Problem::Severity::warning) out.append("warning: ");
  out.append(problem.message);
  if (problem.line == 0 || problem.excerpt.empty()) return out;

  const std::string excerpt = cut(problem.excerpt);
  int column = problem.column;
  // What is masked has lost its columns: the caret shows where that begins.
  if (excerpt.ends_with("***")) column = std::min(column, characters(excerpt, excerpt.size()) - 2);
  out.append(cat("\n", excerpt));
  if (column <= characters(excerpt, excerpt.size()) + 1) out.append(cat("\n", indentation(excerpt, column), "^"));
  return out;
}

bool Problems::has_error() const {
  return std::any_of(found_.begin(), found_.end(),
                     [](const Found& found) { return found.severity == Problem::Severity::error; });
}

std::vector<Problem> Problems::in_order(const std::string& file, std::string_view text, const Node& root) const {
  std::vector<Found> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Found& a, const Found& b) {
    if (a.where.place && b.where.place) return *a.where.place < *b.where.place;
    return a.where.place.has_value() && !b.where.place.has_value();
  });
  const std::vector<std::string_view> lines = split_lines(text);
  const MaskedText masked(text, root);
  std::vector<Problem> problems;
  for (Found& found : sorted) {
    Problem& problem = problems.emplace_back();
    problem.severity = found.severity;
    problem.message = std::move(found.message);
    problem.file = found.where.place ? file : found.where.name;
    if (!found.where.place) continue;
    const auto line = static_cast<std::size_t>(found.where.place->line);
    const std::string_view whole = line < lines.size() ? lines[line] : std::string_view();
    problem.line = found.where.place->line + 1;
    problem.column = characters(whole, static_cast<std::size_t>(found.where.place->column)) + 1;
    problem.excerpt = masked.line(line);
  }
  return problems;
}

}  // namespace hookferry::config
