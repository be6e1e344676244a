// The webhook port: routes, and what handles a request on each loop.
#pragma once

#include <vector>

#include "app/plan.h"
#include "http/front.h"
#include "pipeline/intake.h"
#include "pipeline/responder.h"

namespace hookferry::app {

[[nodiscard]] std::vector<http::Route> webhook_routes(const Plan& plan);

/// Each loop gets an Intake of its own. `responder` and what `ports` refer to must outlive the front.
[[nodiscard]] http::HandlerFactory webhook_handlers(const Plan& plan, bool publish_conflicts,
                                                    const pipeline::Intake::Ports& ports,
                                                    pipeline::Responder& responder);

}  // namespace hookferry::app
