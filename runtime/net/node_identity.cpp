#include "runtime/net/node_identity.hpp"

#include <cstdint>
#include <random>
#include <string_view>

namespace sluice::net {

std::string fresh_identity() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string result;
  for (int word = 0; word < 4; ++word)
    for (std::uint32_t bits = source(), i = 0; i < 8; ++i, bits >>= 4) result += digits[bits & 0xF];
  return result;
}

}  // namespace sluice::net

namespace caf::detail {

// Declared here because CAF's own header is not installed.
std::string get_root_uuid();
std::string get_root_uuid() { return sluice::net::fresh_identity(); }

}  // namespace caf::detail
