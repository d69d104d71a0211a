#include "runtime/odbc/connection_string.hpp"

#include <algorithm>
#include <array>

#include "messages/ascii.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/log/secret_name.hpp"
#include "runtime/odbc/diagnostics.hpp"

namespace sluice::odbc {
namespace {

[[noreturn]] void malformed(const std::string& why) {
  throw odbc_error(error_class::permanent, "the ODBC connection string is malformed: " + why);
}

constexpr std::string_view blanks = " \t\r\n";

/// Reads a value from the front of `rest`, up to its `;`.
std::string take_value(std::string_view& rest, std::string_view key) {
  const auto start = rest.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || rest[start] != '{') {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string value(trimmed(rest.substr(0, end), blanks));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return value;
  }
  std::string value;
  rest.remove_prefix(start + 1);
  for (;;) {
    const auto brace = rest.find('}');
    if (brace == std::string_view::npos)
      malformed("the value of '" + std::string(key) + "' opens a brace that is never closed");
    value.append(rest.substr(0, brace));
    rest.remove_prefix(brace + 1);
    if (!rest.starts_with('}')) break;
    value.push_back('}');  // a doubled brace stands for one
    rest.remove_prefix(1);
  }
  const auto end = std::min(rest.find(';'), rest.size());
  if (!trimmed(rest.substr(0, end), blanks).empty())
    malformed("text follows the closing brace of '" + std::string(key) + "'");
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

constexpr std::array<std::string_view, 8> public_keys{
    "uid", "user", "username", "server", "servername", "database", "db", "dsn"};

template <std::size_t N>
bool one_of(std::string_view key, const std::array<std::string_view, N>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

connection_string::connection_string(std::string_view text) : text_(text) {
  while (!trimmed(text, blanks).empty()) {
    const auto equals = text.find_first_of("=;");
    const auto key = trimmed(text.substr(0, equals), blanks);
    if (equals != std::string_view::npos && text[equals] == ';' && key.empty()) {
      text.remove_prefix(equals + 1);  // an empty part between two semicolons
      continue;
    }
    // This part may be a piece of an unquoted password, so it is not shown.
    if (equals == std::string_view::npos || text[equals] == ';' || key.empty())
      malformed("expected Key=value parts separated by ';' (put a value with ';' into braces)");
    text.remove_prefix(equals + 1);
    auto value = take_value(text, key);
    attributes_.push_back({lower(key), std::move(value)});
  }
}

std::optional<std::string> connection_string::get(std::string_view key) const {
  const auto wanted = lower(key);
  for (const auto& [name, value] : attributes_) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

void connection_string::add_default(std::string_view key, std::string_view value) {
  if (get(key)) return;
  attributes_.push_back({lower(key), std::string(value)});
  if (!text_.empty() && !trimmed(text_, blanks).ends_with(';')) text_ += ';';
  text_.append(key).append("=").append(value);
}

std::string connection_string::without_secrets(std::string message) const {
  const auto is_public = [&](std::string_view value) {
    return std::any_of(attributes_.begin(), attributes_.end(), [&](const attribute& a) {
      return one_of(a.key, public_keys) && a.value == value;
    });
  };
  log::redactor spelled_otherwise;
  for (const auto& [key, value] : attributes_)
    for (const auto secret : log::secret_parts({.name = key, .value = value})) {
      if (is_public(secret)) continue;
      spelled_otherwise.add(secret);
      for (auto at = message.find(secret); at != std::string::npos;
           at = message.find(secret, at + 3))
        message.replace(at, secret.size(), "***");
    }
  return spelled_otherwise.masked(message);
}

}  // namespace sluice::odbc
