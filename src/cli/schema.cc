#include "cli/schema.h"

#include <iostream>

#include "base/text.h"
#include "cli/published.h"
#include "cli/run.h"

namespace hookferry::cli {
namespace {

using senders::SourceEvent;

const std::string& name_of(const SourceEvent& event) {
  return event.source->events()[event.event];
}

/// Several where sources have an event of that name, or topics of several sources one type.
std::vector<SourceEvent> find_events(const Published& published, const std::string& wanted) {
  if (wanted.empty()) return published.events;
  std::vector<SourceEvent> found;
  for (std::size_t i = 0; i < published.events.size(); ++i) {
    const SourceEvent& event = published.events[i];
    const bool meant =
        wanted == name_of(event) || wanted == event.source->type(event.event) || wanted == published.topics[i];
    if (meant) found.push_back(event);
  }
  return found;
}

std::string known_names(const Published& published) {
  std::string names;
  for (const SourceEvent& event : published.events) names.append(names.empty() ? "" : ", ").append(name_of(event));
  return names;
}

/// The text of an object, with what says by which draft it is to be read.
std::string with_draft(const std::string& schema) {
  return cat(R"({"$schema":"https://json-schema.org/draft/2020-12/schema",)", schema.substr(1));
}

}  // namespace

int schema(const CommonOptions& common, const SchemaOptions& options) {
  if (options.data && options.event.empty()) {
    complain("--data needs an event: hookferry schema EVENT --data");
    return usage;
  }
  int exit_code = done;
  const auto published = load_published(common, exit_code);
  if (!published) return exit_code;
  const std::vector<SourceEvent> events = find_events(*published, options.event);
  if (events.empty()) {
    complain(cat("no event '", printable(options.event), "' is published; these are: ", known_names(*published)));
    return bad_input;
  }
  std::cout << indented(with_draft(options.data ? senders::data_schema(events.front()) : senders::value_schema(events)))
            << std::flush;
  return done;
}

}  // namespace hookferry::cli
