#include "runtime/config/odbc_attributes.hpp"

#include <algorithm>
#include <array>

#include "messages/ascii.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/secret_names.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view blank = " \t\r\n";

/// Reads attributes from left to right; references and their escapes are stepped over whole.
class attribute_parser {
 public:
  attribute_parser(std::string_view text, reference_syntax references)
      : text_(text), references_(references) {}

  odbc_attributes parse() {
    while (at_ < text_.size() && out_.malformed.empty()) {
      parse_attribute();
      ++at_;  // the semicolon
    }
    return std::move(out_);
  }

 private:
  /// End of the character or reference at `at_`.
  [[nodiscard]] std::size_t step() const {
    const auto end = references_ == reference_syntax::on ? end_of_reference(text_, at_) : at_;
    return end == at_ ? at_ + 1 : end;
  }

  [[nodiscard]] bool at_end() const { return at_ >= text_.size() || text_[at_] == ';'; }

  void parse_attribute() {
    const auto begin = at_;
    ++number_;
    while (!at_end() && text_[at_] != '=') at_ = step();
    const auto name = trimmed(text_.substr(begin, at_ - begin), blank);
    if (at_end()) return end_without_value(begin, name);
    if (name.empty()) return complain("has no name before its =");
    if (may_refer(name)) return complain("has a reference in its name");
    ++at_;  // the equals sign
    odbc_attribute attribute;
    attribute.name = std::string(name);
    parse_value(attribute);
    attribute.written = std::string(text_.substr(begin, at_ - begin));
    out_.all.push_back(std::move(attribute));
  }

  void end_without_value(std::size_t begin, std::string_view name) {
    if (name.empty()) return;  // `;;` and a `;` at the end are usual
    const bool reference = may_refer(name) && end_of_reference(name, 0) == name.size();
    if (!reference)
      return complain("has no =; a value that holds a ; is written in braces: Pwd={a;b}");
    out_.all.push_back({std::string(text_.substr(begin, at_ - begin)), "", "", false});
  }

  void parse_value(odbc_attribute& attribute) {
    const auto first = text_.find_first_not_of(blank, at_);
    if (first == std::string_view::npos || text_[first] != '{') {
      const auto begin = at_;
      while (!at_end()) at_ = step();
      attribute.value = std::string(trimmed(text_.substr(begin, at_ - begin), blank));
      return;
    }
    attribute.braced = true;
    at_ = first + 1;
    for (;;) {
      if (at_ >= text_.size()) return complain("has a { without its }");
      if (text_[at_] == '}' && text_.substr(at_ + 1).starts_with('}')) {
        attribute.value += '}';
        at_ += 2;
      } else if (text_[at_] == '}') {
        break;
      } else {
        const auto end = step();
        attribute.value += text_.substr(at_, end - at_);
        at_ = end;
      }
    }
    ++at_;  // the closing brace
    while (!at_end()) {
      if (blank.find(text_[at_]) == std::string_view::npos)
        return complain("goes on after its closing }");
      ++at_;
    }
  }

  [[nodiscard]] bool may_refer(std::string_view text) const {
    return references_ == reference_syntax::on && text.find("${") != std::string_view::npos;
  }

  void complain(std::string_view what) {
    out_.malformed =
        "part " + std::to_string(number_) + " of the connection string " + std::string(what);
  }

  std::string_view text_;
  reference_syntax references_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  odbc_attributes out_;
};

}  // namespace

odbc_attributes parse_odbc(std::string_view text, reference_syntax references) {
  return attribute_parser(text, references).parse();
}

std::string join(const std::vector<odbc_attribute>& attributes) {
  std::string out;
  for (const auto& x : attributes) {
    if (!out.empty()) out += ';';
    out += x.written;
  }
  return out;
}

std::string quoted(const std::string& value) {
  std::string out = "{";
  for (const char c : value) out.append(c == '}' ? 2 : 1, c);
  return out + "}";
}

std::string quoted_if_needed(const std::string& value) {
  const bool plain = value.find_first_of(";{}") == std::string::npos &&
                     trimmed(value, blank).size() == value.size();
  return plain ? value : quoted(value);
}

bool is_secret(const odbc_attribute& attribute) {
  return names_a_secret(attribute.name) ||
         !log::secret_parts({.name = attribute.name, .value = attribute.value}).empty();
}

}  // namespace sluice::config
