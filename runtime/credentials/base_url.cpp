#include "runtime/credentials/base_url.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "messages/error.hpp"
#include "runtime/http/answer_text.hpp"

namespace sluice::credentials {
namespace {

[[noreturn]] void refuse(const config::base_url_config& wanted, std::string cause) {
  throw failure(errc::destination_failed, "find server in the answer of the token server",
                wanted.from, std::move(cause), "check destination.base_url");
}

/// The host of what stands between `://` and the path, without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view host) {
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

}  // namespace

bool is_within(std::string_view host, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) {
    if (!pattern.starts_with("*.")) return same_word(host, pattern);
    const auto end = pattern.substr(1);  // with its dot
    return host.size() > end.size() && same_word(host.substr(host.size() - end.size()), end);
  });
}

std::string base_url_in(const nlohmann::json& answer, const config::base_url_config& wanted) {
  const nlohmann::json::json_pointer place(wanted.from);
  if (!answer.contains(place) || !answer[place].is_string()) refuse(wanted, "it names none there");
  const auto url = answer[place].get<std::string>();
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? url.size() : scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto authority = std::string_view(url).substr(begin, end - begin);
  const auto host = host_of(authority);
  const bool plain = !authority.empty() && std::ranges::all_of(authority, [](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' ||
           c == ':' || c == '[' || c == ']';
  });
  const auto shown = http::shown_text(url);
  if (!plain) refuse(wanted, "\"" + shown + "\" is no address of a server");
  if (!url.starts_with("https://") && !(url.starts_with("http://") && is_this_machine(host)))
    refuse(wanted, "\"" + shown + "\" is no https address");
  if (!is_within(host, wanted.within))
    refuse(wanted, "\"" + shown + "\" is not within what destination.base_url.within allows");
  return url.substr(0, end);
}

}  // namespace sluice::credentials
