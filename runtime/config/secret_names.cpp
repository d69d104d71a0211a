#include "runtime/config/secret_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/config/references.hpp"

namespace sluice::config {
namespace {

/// A literal that is no secret by itself: what stands in front of the credentials in a header.
bool is_scheme(const std::string& literal) {
  return literal.ends_with(' ') && literal.size() <= 20 &&
         std::ranges::all_of(
             literal, [](unsigned char c) { return std::isalpha(c) != 0 || c == '-' || c == ' '; });
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 15> marks{
      "pwd",           "password", "passwd",    "passphrase", "secret",
      "token",         "apikey",   "accesskey", "privatekey", "credential",
      "authorization", "cookie",   "writekey",  "authkey",    "subscriptionkey"};
  const auto plain = plain_name(name);
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return plain.find(mark) != std::string::npos; });
}

std::string shown_secret(const std::string& written) {
  const auto parsed = parse_references(written);
  const bool safe =
      parsed.has_references() && std::ranges::all_of(parsed.pieces, [](const auto& p) {
        return p.what != text_piece::kind::literal || is_scheme(p.text);
      });
  return safe ? written : "***";
}

}  // namespace sluice::config
