#include "base/log.h"

namespace hookferry {

std::string truncate_address(const IpAddress& address) {
  return Network(address, address.is_v4() ? 24 : 48).text();
}

}  // namespace hookferry
