// Where tokens for Kafka come from, as kafka.oauth says.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "hookferry/clock.h"
#include "kafka/tokens.h"

namespace hookferry::app {

/// `oauth` is used. A token server is asked for at most 5 s at each step of the way.
[[nodiscard]] std::unique_ptr<kafka::TokenSource> token_source(const config::OAuth& oauth);

/// Null where kafka.oauth is not used, or nobody asks for it: by the embedded broker.
[[nodiscard]] std::shared_ptr<kafka::Tokens> make_tokens(const config::Kafka& kafka);

/// What is posted to token_url, and the value of Authorization beside it: RFC 6749, sections 4.4.2 and 2.3.1.
[[nodiscard]] std::string token_request(const config::OAuth& oauth);
[[nodiscard]] std::string token_authorization(const config::OAuth& oauth);

/// What a token server answered to that. The error names `token_url`, and nothing of a token.
[[nodiscard]] Result<kafka::Token> read_token_answer(const config::OAuth& oauth, int status, std::string_view body,
                                                     WallTime now);
/// What a file with a token holds: a JWT (RFC 7519), whose `exp` says when it ends.
[[nodiscard]] Result<kafka::Token> read_token_file(const config::OAuth& oauth, std::string_view content);

}  // namespace hookferry::app
