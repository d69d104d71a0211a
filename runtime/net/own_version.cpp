#include "runtime/net/own_version.hpp"

namespace sluice::net {

const std::string& own_version() {
  static const std::string version = SLUICE_VERSION;
  return version;
}

}  // namespace sluice::net
