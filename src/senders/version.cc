#include "senders/version.h"

#include <openssl/crypto.h>

#include <boost/version.hpp>

#include "base/text.h"

namespace hookferry::senders {

std::string library_versions() {
  // OpenSSL is asked, since the one that runs may be newer than the one this was built with; Boost has none to ask.
  return cat("OpenSSL ", OpenSSL_version(OPENSSL_FULL_VERSION_STRING), "\nBoost.JSON ", BOOST_VERSION / 100000, ".",
             BOOST_VERSION / 100 % 1000, ".", BOOST_VERSION % 100);
}

}  // namespace hookferry::senders
