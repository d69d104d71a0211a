#include "runtime/destinations/http/carried_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/http/percent_encoding.hpp"

namespace sluice::destinations {
namespace {

/// Written as an entity, so that it is read in text and in attributes as it was: parsers make a
/// blank of white space in an attribute, and LF of CR LF everywhere (XML 1.0, 2.11 and 3.3.3).
std::string_view xml_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    default:
      return {};
  }
}

/// What XML 1.0 cannot carry, in whatever spelling (2.2, Char): the code point in UTF-8.
std::string_view no_xml_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < ' ' && xml_entity(text[i]).empty()) return text.substr(i, 1);
    const auto three = text.substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") return three;
  }
  return {};
}

/// The delimiter does not matter: what might be one is quoted.
bool needs_quotes(std::string_view text) {
  return text.empty() || text.front() == ' ' || text.back() == ' ' ||
         text.find_first_of("\",;\t|\r\n") != std::string_view::npos;
}

std::size_t quotes_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '"'));
}

}  // namespace

std::size_t carried_bytes(std::string_view text, carrier in) {
  switch (in) {
    case carrier::plain:
    case carrier::header:
      return text.size();
    case carrier::url_path:
    case carrier::url_query:
    case carrier::form:
      return http::percent_encoded_bytes(text);
    case carrier::csv_cell:
      return text.size() + (needs_quotes(text) ? quotes_in(text) + 2 : 0);
    case carrier::csv_text:
      return text.size() + quotes_in(text);
    case carrier::xml: {
      auto out = text.size();
      for (const char c : text) out += std::max<std::size_t>(xml_entity(c).size(), 1) - 1;
      return out;
    }
  }
  return 0;
}

void append_carried(std::string& out, std::string_view text, carrier in) {
  switch (in) {
    case carrier::plain:
    case carrier::header:
      out += text;
      return;
    case carrier::url_path:
    case carrier::url_query:
    case carrier::form:
      return http::append_percent_encoded(out, text);
    case carrier::csv_cell:
      if (!needs_quotes(text)) {
        out += text;
        return;
      }
      out += '"';
      append_carried(out, text, carrier::csv_text);
      out += '"';
      return;
    case carrier::csv_text:
      for (const char c : text) {
        if (c == '"') out += c;
        out += c;
      }
      return;
    case carrier::xml:
      for (const char c : text) {
        const auto entity = xml_entity(c);
        entity.empty() ? out += c : out += entity;
      }
      return;
  }
}

std::string uncarried(std::string_view text, carrier in) {
  if (in == carrier::header &&
      text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return " has a line break, and stands in a header";
  // "." and ".." survive encoding, and servers take them for steps through the path.
  if (in == carrier::url_path && (text.empty() || text == "." || text == ".."))
    return " is \"" + std::string(text) + "\", which would make it another address";
  if ((in == carrier::csv_cell || in == carrier::csv_text) &&
      text.find('\0') != std::string_view::npos)
    return " has a NUL, which CSV cannot carry";
  if (in == carrier::xml) {
    const auto found = no_xml_character(text);
    if (found.size() == 1)
      return fmt::format(" has the control character U+{:04X}, which XML 1.0 cannot carry",
                         static_cast<unsigned char>(found[0]));
    if (!found.empty()) return " has a U+FFFE or U+FFFF, which XML 1.0 cannot carry";
  }
  return {};
}

}  // namespace sluice::destinations
