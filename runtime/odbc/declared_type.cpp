#include "runtime/odbc/declared_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/odbc/connection_string.hpp"

namespace sluice::odbc {
namespace {

constexpr std::string_view blank = " \t";

std::optional<int> number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  int value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    return std::nullopt;
  return value;
}

/// Takes `word` out of `name`, where it stands between blanks. True if it was there.
bool take_word(std::string& name, std::string_view word) {
  for (auto at = name.find(word); at != std::string::npos; at = name.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool alone = (at == 0 || name[at - 1] == ' ') && (end == name.size() || name[end] == ' ');
    if (!alone) continue;
    name.erase(at > 0 ? at - 1 : 0, word.size() + (at > 0 ? 1 : 0));
    return true;
  }
  return false;
}

}  // namespace

declared_type declared_type::parse(std::string_view text) {
  declared_type out;
  const auto open = text.find('(');
  auto name = std::string(text.substr(0, open));
  while (name.ends_with(' ')) name.pop_back();
  if (open != std::string_view::npos) {
    const auto close = std::min(text.rfind(')'), text.size());
    const auto inside = text.substr(open + 1, close - open - 1);
    const auto comma = inside.find(',');
    out.first = number(inside.substr(0, comma));
    if (comma != std::string_view::npos) out.second = number(inside.substr(comma + 1));
    name += text.substr(std::min(close + 1, text.size()));
  }
  out.name = lower(name);
  out.is_unsigned = take_word(out.name, "unsigned");
  take_word(out.name, "zerofill");
  return out;
}

foreign_type foreign_type::parse(std::string_view declared) {
  const auto end = declared.find(' ');
  if (end == std::string_view::npos) return {};
  const auto name = declared.substr(0, end);
  for (const auto known : {product::postgresql, product::mariadb, product::sqlite})
    if (name == to_string(known)) return {known, std::string(declared.substr(end + 1))};
  return {product::generic, std::string(declared.substr(end + 1))};
}

std::string foreign_type::declared() const {
  if (text.empty()) return {};
  // The names of other databases are of no use here.
  return std::string(database == product::generic ? "other" : to_string(database)) + " " + text;
}

}  // namespace sluice::odbc
