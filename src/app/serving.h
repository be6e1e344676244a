// What the webhook port serves: which sources, at which paths.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/plan.h"
#include "http/front.h"
#include "pipeline/intake.h"
#include "pipeline/responder.h"

namespace hookferry::app {

/// A path and the source that is served there.
struct Served {
  std::string path;
  pipeline::SourceRoute route;
};

/// What of a plan is served now. A value.
struct Serving {
  std::vector<Served> served;
  std::vector<std::string> waiting;  // what is not served yet because its topics are not there, for people
};

/// All of a plan: at the start, when the port itself waits for the topics.
[[nodiscard]] Serving serve_all(const Plan& plan);

/// What of a plan can be served after `now`. A source that is not served yet is, once all of its topics are `there`;
/// where it takes over the path of another, that one is served until then. A new event of a source that is served stays
/// an unknown one until its topic is there. What is served once stays so, whatever becomes of its topics.
[[nodiscard]] Serving serve_what_is_there(const Plan& plan, const Serving& now,
                                          const std::function<bool(TopicId)>& there);

[[nodiscard]] std::vector<http::Route> webhook_routes(const Serving& serving);

/// Each loop gets an Intake of its own. `responder` and what `ports` refer to must outlive the front.
[[nodiscard]] http::HandlerFactory webhook_handlers(const Serving& serving, bool publish_conflicts,
                                                    const pipeline::Intake::Ports& ports,
                                                    pipeline::Responder& responder);

}  // namespace hookferry::app
