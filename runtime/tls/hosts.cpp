#include "runtime/tls/hosts.hpp"

#include <arpa/inet.h>

#include <algorithm>

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

}  // namespace

bool is_ip_address(const std::string& host) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool is_host_name(const std::string& host) {
  constexpr std::size_t longest = 253;
  if (host.size() > longest) return false;
  std::string_view rest = host;
  for (;;) {
    const auto dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace sluice::tls
