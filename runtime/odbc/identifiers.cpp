#include "runtime/odbc/identifiers.hpp"

#include "runtime/odbc/diagnostics.hpp"

namespace sluice::odbc {
namespace {

[[noreturn]] void bad_name(std::string_view name, const char* why) {
  throw odbc_error(error_class::permanent, "the name '" + std::string(name) + "' " + why);
}

}  // namespace

std::string quoted_identifier(std::string_view name, char quote) {
  if (name.empty()) throw odbc_error(error_class::permanent, "a name is empty");
  if (name.find('\0') != std::string_view::npos)
    throw odbc_error(error_class::permanent, "a name holds a NUL character");
  std::string out(1, quote);
  for (const char c : name) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

std::vector<std::string> split_qualified_name(std::string_view name) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (;;) {
    std::string part;
    const char open = at < name.size() ? name[at] : '\0';
    if (open == '"' || open == '`' || open == '[') {
      const char close = open == '[' ? ']' : open;
      ++at;
      for (;; ++at) {
        if (at >= name.size()) bad_name(name, "opens a quote that is never closed");
        if (name[at] != close) {
          part.push_back(name[at]);
        } else if (at + 1 < name.size() && name[at + 1] == close) {
          part.push_back(close);
          ++at;
        } else {
          ++at;
          break;
        }
      }
      if (at < name.size() && name[at] != '.') bad_name(name, "has text behind a closing quote");
    } else {
      while (at < name.size() && name[at] != '.') part.push_back(name[at++]);
    }
    if (part.empty()) bad_name(name, "has an empty part");
    parts.push_back(std::move(part));
    if (at >= name.size()) return parts;
    ++at;  // the dot
  }
}

std::string quoted_table(std::string_view name, char quote) {
  std::string out;
  for (const auto& part : split_qualified_name(name)) {
    if (!out.empty()) out.push_back('.');
    out += quoted_identifier(part, quote);
  }
  return out;
}

}  // namespace sluice::odbc
