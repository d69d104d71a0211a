#include "runtime/config/secret_names.hpp"

#include <algorithm>
#include <array>

namespace sluice::config {

std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 13> marks{
      "pwd",       "password",   "passwd",     "passphrase",    "secret", "token",   "apikey",
      "accesskey", "privatekey", "credential", "authorization", "cookie", "writekey"};
  const auto plain = plain_name(name);
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return plain.find(mark) != std::string::npos; });
}

}  // namespace sluice::config
