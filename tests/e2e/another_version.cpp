// The version of the program that stands for one before or after an upgrade.
#include "messages/own_version.hpp"

namespace sluice {

const std::string& own_version() {
  static const std::string version = "99.0.0";
  return version;
}

}  // namespace sluice
