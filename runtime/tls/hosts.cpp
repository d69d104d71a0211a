#include "runtime/tls/hosts.hpp"

#include <algorithm>
#include <string_view>

namespace sluice::tls {
namespace {

bool is_label(std::string_view label) {
  constexpr std::size_t longest = 63;
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !label.empty() && label.size() <= longest && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, usable);
}

bool is_number(std::string_view label) {
  return std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_host_name(const std::string& host) {
  constexpr std::size_t longest = 253;
  if (host.size() > longest) return false;
  std::string_view rest = host;
  for (;;) {
    const auto dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return !is_number(rest);
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace sluice::tls
