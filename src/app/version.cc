#include "app/version.h"

namespace hookferry::app {

std::string version() {
  return HOOKFERRY_VERSION;
}
std::string revision() {
  return HOOKFERRY_REVISION;
}

}  // namespace hookferry::app
