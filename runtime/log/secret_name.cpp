#include "runtime/log/secret_name.hpp"

#include <algorithm>
#include <array>

namespace sluice::log {
namespace {

constexpr std::string_view between_settings = " \t\r\n;&?";

/// The value at the beginning of `rest`. In apostrophes it ends with the next apostrophe.
std::string_view first_value(std::string_view rest) {
  if (!rest.starts_with('\'')) return rest.substr(0, rest.find_first_of(between_settings));
  rest.remove_prefix(1);
  return rest.substr(0, rest.find('\''));
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
  // Snowflake's driver has PASSCODE and PRIV_KEY_BASE64, Azure's connections have AccountKey and
  // SharedAccessSignature, OAuth has a code and an assertion.
  static constexpr std::array<std::string_view, 21> marks{
      "pwd",        "password",  "passwd",        "passphrase", "passcode", "secret",
      "token",      "apikey",    "accesskey",     "privatekey", "privkey",  "credential",
      "authcode",   "cookie",    "authorization", "writekey",   "authkey",  "subscriptionkey",
      "accountkey", "assertion", "sharedaccess"};
  const auto plain = plain_name(name);
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return plain.find(mark) != std::string::npos; });
}

bool names_a_secret_of_query(std::string_view name) {
  static constexpr std::array<std::string_view, 6> words{"key",  "sig",  "signature",
                                                         "auth", "code", "pass"};
  return names_a_secret(name) || std::ranges::find(words, plain_name(name)) != words.end();
}

bool is_like_a_word(std::string_view value) {
  constexpr std::size_t longest = 15;
  constexpr std::size_t longest_mixed = 4;  // us21, v2
  if (value.size() > longest) return false;
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  // Letters of other languages are more than one byte, the case of which is no matter here.
  const auto lower = [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto letter = [&](char c) { return upper(c) || lower(c); };
  const auto is_part = [&](std::string_view part) {
    if (part.size() <= longest_mixed)
      return std::ranges::all_of(part, [&](char c) { return letter(c) || digit(c); });
    const auto rest = part.substr(1);
    return letter(part.front()) && (std::ranges::all_of(rest, lower) ||
                                    (upper(part.front()) && std::ranges::all_of(rest, upper)));
  };
  for (std::size_t begin = 0;;) {
    const auto end = value.find_first_of("-_./: ", begin);
    if (!is_part(value.substr(begin, end - begin))) return false;
    if (end == std::string_view::npos) return true;
    begin = end + 1;
  }
}

std::vector<std::string_view> secret_steps(std::string_view path) {
  constexpr std::size_t shortest = 8;
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto step = path.substr(begin, end - begin);
    if (step.size() >= shortest && !is_like_a_word(step)) out.push_back(step);
    begin = end + 1;
  }
  return out;
}

std::string_view path_of_address(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme != std::string_view::npos) address.remove_prefix(scheme + 3);
  address.remove_prefix(std::min(address.find_first_of("/?#"), address.size()));
  return address.substr(0, address.find_first_of("?#"));
}

std::string_view user_of_address(std::string_view value) {
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto server = value.substr(scheme + 3);
  const auto user = server.substr(0, server.find_first_of("/?#"));
  const auto end = user.rfind('@');  // the last one: a password may hold another
  return end == std::string_view::npos ? std::string_view() : user.substr(0, end);
}

std::vector<std::string_view> secret_parts(const setting& said) {
  const auto& [name, value] = said;
  if (value.empty()) return {};
  if (names_a_secret(name)) return {value};
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view part) {
    if (!part.empty()) parts.push_back(part);
  };
  const auto user = user_of_address(value);
  if (const auto colon = user.find(':'); colon != std::string_view::npos)
    add(user.substr(colon + 1));
  for (auto at = value.find('='); at != std::string_view::npos; at = value.find('=', at + 1)) {
    const auto before = value.substr(0, at).find_last_of(between_settings);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    if (names_a_secret(value.substr(begin, at - begin))) add(first_value(value.substr(at + 1)));
  }
  return parts;
}

}  // namespace sluice::log
