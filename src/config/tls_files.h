// http.tls: files in PEM, which are kept with the configuration, so that a change of their content is one of it.
#pragma once

#include <string_view>

#include "config/config.h"
#include "config/values.h"

namespace hookferry::config {

/// The path of a file, which is read. `what` it holds, for people: "the certificate".
[[nodiscard]] Format<PemFile> pem_file(std::string_view what);

/// Whether the files are all there and go together, as `reading.validators` knows; reports to `reading.problems`.
void check_tls(const Config& config, const Reading& reading);

}  // namespace hookferry::config
