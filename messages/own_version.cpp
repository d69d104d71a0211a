#include "messages/own_version.hpp"

namespace sluice {

const std::string& own_version() {
  static const std::string version = SLUICE_VERSION;
  return version;
}

}  // namespace sluice
