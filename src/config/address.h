// Addresses: of the ports this program listens on, and of Kafka's bootstrap servers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hookferry::config {

/// What to listen on: an IP address and a port; 0: any free one.
struct ListenAddress {
  bool v6 = false;
  std::string host;  // as inet_ntop writes it, without brackets
  std::uint16_t port = 0;
};

/// Reads ADDR:PORT, [V6]:PORT, or :PORT for every address of the machine.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);
/// "127.0.0.1:8080", "[::]:8080"
[[nodiscard]] std::string to_string(const ListenAddress& address);
/// Whether two listeners could not both be opened.
[[nodiscard]] bool overlap(const ListenAddress& a, const ListenAddress& b);

/// What is wrong with HOST:PORT, HOST or PROTOCOL://HOST:PORT, empty if nothing.
[[nodiscard]] std::string check_bootstrap_server(std::string_view text);
/// The servers of a comma-separated list, as --kafka takes it.
[[nodiscard]] std::vector<std::string> split_servers(std::string_view text);

}  // namespace hookferry::config
