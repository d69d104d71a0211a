#include "messages/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice {

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte_at = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = byte_at(i) << 16 | byte_at(i + 1) << 8 | byte_at(i + 2);
    out.push_back(alphabet[group >> 18]);
    out.push_back(alphabet[group >> 12 & 0x3f]);
    out.push_back(i + 1 < bytes.size() ? alphabet[group >> 6 & 0x3f] : '=');
    out.push_back(i + 2 < bytes.size() ? alphabet[group & 0x3f] : '=');
  }
}

std::string base64url(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  out.erase(std::min(out.find('='), out.size()));
  for (auto& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

}  // namespace sluice
