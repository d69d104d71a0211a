// Names of HTTP headers. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "messages/ascii.hpp"

namespace sluice::config {

/// The name as it is compared: case does not matter (RFC 9110, 5.1).
[[nodiscard]] inline std::string plain_header(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

}  // namespace sluice::config
