#include "runtime/config/secret_names.hpp"

#include <algorithm>
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

/// Where one of `characters` first stands outside references, from `at` on; the text's end if none
/// does.
std::size_t find_literal(std::string_view text, std::string_view characters, std::size_t at) {
  while (at < text.size()) {
    const auto end = end_of_reference(text, at);
    if (end == at && characters.find(text[at]) != std::string_view::npos) return at;
    at = std::max(end, at + 1);
  }
  return text.size();
}

}  // namespace

std::string shown_secret(const std::string& written) {
  const auto parsed = parse_references(written);
  const bool safe =
      parsed.has_references() && std::ranges::all_of(parsed.pieces, [](const auto& p) {
        return p.what != text_piece::kind::literal || is_scheme(p.text);
      });
  return safe ? written : "***";
}

std::string shown_url(const std::string& url, masked_settings masked) {
  const auto scheme = url.find("://");
  const auto server = scheme == std::string::npos ? 0 : scheme + 3;
  const auto server_end = find_literal(url, "/?#", server);
  auto user_end = server_end;  // the last @: a password may hold another
  for (auto at = server; (at = find_literal(url, "@", at)) < server_end; ++at) user_end = at;
  const auto query = find_literal(url, "?", server_end);
  auto out = url.substr(0, server);
  if (user_end < server_end) {
    out += shown_secret(url.substr(server, user_end - server));
    out += url.substr(user_end, query - user_end);
  } else {
    out += url.substr(server, query - server);
  }
  for (auto at = query; at < url.size();) {
    const auto next = find_literal(url, "&", at + 1);
    const auto setting = url.substr(at, next - at);
    const auto value = setting.find('=') + 1;  // 0: it has none
    const bool secret = masked == masked_settings::all || names_a_secret(setting.substr(0, value));
    out += value > 0 && secret ? setting.substr(0, value) + shown_secret(setting.substr(value))
                               : setting;
    at = next;
  }
  return out;
}

}  // namespace sluice::config
