#include "runtime/api/credentials.hpp"

#include <algorithm>

#include "messages/ascii.hpp"
#include "messages/base64.hpp"
#include "runtime/api/refusal.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t longest_pair = 4'096;  ///< in base64

}  // namespace

std::optional<std::string> shown_token(const web::request& r) {
  const auto header = trimmed(r.header("Authorization"));
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto scheme = header.substr(0, blank);
  const auto rest = trimmed(header.substr(blank));
  if (same_word(scheme, "bearer")) return std::string(rest);
  if (!same_word(scheme, "basic") || !is_compatible(r.path)) return std::nullopt;
  if (rest.size() > longest_pair) return std::nullopt;
  const auto pair = from_base64(rest);
  if (!pair || !pair->starts_with(':')) return std::nullopt;
  return pair->substr(1);
}

std::optional<std::string> shown_cookie(const web::request& r, std::string_view name) {
  const auto [first, end] = r.headers.equal_range(std::string_view("Cookie"));
  for (auto header = first; header != end; ++header) {
    std::string_view rest = header->second;
    while (!rest.empty()) {
      const auto semicolon = std::min(rest.find(';'), rest.size());
      const auto pair = trimmed(rest.substr(0, semicolon));
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return std::string(pair.substr(equals + 1));
      rest.remove_prefix(std::min(semicolon + 1, rest.size()));
    }
  }
  return std::nullopt;
}

}  // namespace sluice::api
