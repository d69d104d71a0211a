#include "runtime/config/xml_template.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

#include "messages/ascii.hpp"

namespace sluice::config {
namespace {

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool in_name(char c) {
  return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
}

constexpr std::string_view blanks = " \t\r\n";

class xml_scanner {
 public:
  xml_scanner(std::string_view text, xml_extent extent) : rest_(text), extent_(extent) {}

  parsed_xml scan() {
    while (out_.malformed.empty() && !rest_.empty()) {
      if (rest_.front() == '<') {
        markup();
      } else {
        value("<", open_.empty() ? std::string() : open_.back(), false);
      }
    }
    if (out_.malformed.empty() && !open_.empty())
      complain("has no end of the element <" + open_.back() + ">");
    if (out_.malformed.empty() && extent_ == xml_extent::document && roots_ != 1)
      complain("is no document of XML, which is one element");
    return std::move(out_);
  }

 private:
  void complain(std::string problem) {
    if (out_.malformed.empty()) out_.malformed = std::move(problem);
  }

  /// Moves the first `n` bytes into the markup.
  void take(std::size_t n) {
    const auto text = rest_.substr(0, n);
    if (text.find("{{") != std::string_view::npos || text.find("${") != std::string_view::npos)
      return complain(
          "has a template or a reference in markup; values stand between tags, or in "
          "the quotes of an attribute");
    if (out_.pieces.empty() || out_.pieces.back().is_value) out_.pieces.emplace_back();
    out_.pieces.back().written += text;
    rest_.remove_prefix(n);
  }

  /// Everything up to one of `ends`, templates as a whole.
  void value(std::string_view ends, const std::string& owner, bool of_attribute) {
    std::size_t n = 0;
    while (n < rest_.size() && ends.find(rest_[n]) == std::string_view::npos) {
      const auto here = rest_.substr(n);
      const auto skip = [&](std::string_view opening, std::string_view closing) {
        if (!here.starts_with(opening)) return false;
        const auto end = here.find(closing);
        if (end == std::string_view::npos) return false;
        n += end + closing.size();
        return true;
      };
      if (skip("{{", "}}") || skip("${", "}")) continue;
      if (here.front() == '&' && !is_entity(here))
        return complain("has a & that begins no entity; write &amp;");
      if (here.front() == '<') return complain("has a < in the value of \"" + owner + "\"");
      if (here.starts_with("]]>")) return complain("has ]]> outside of a CDATA section");
      const auto byte = static_cast<unsigned char>(here.front());
      if (byte < ' ' && blanks.find(here.front()) == std::string_view::npos)
        return complain("has a control character, which XML 1.0 cannot carry");
      ++n;
    }
    const auto text = rest_.substr(0, n);
    if (!of_attribute && open_.empty() && extent_ == xml_extent::document &&
        text.find_first_not_of(blanks) != std::string_view::npos)
      return complain("has text outside of its element");
    out_.pieces.push_back({std::string(text), true, owner, of_attribute});
    rest_.remove_prefix(n);
  }

  /// Whether `text` begins with a character reference or one of the five entities.
  static bool is_entity(std::string_view text) {
    const auto end = text.find(';');
    if (end == std::string_view::npos) return false;
    auto name = text.substr(1, end - 1);
    static constexpr std::array<std::string_view, 5> names{"amp", "lt", "gt", "quot", "apos"};
    if (std::ranges::find(names, name) != names.end()) return true;
    if (!name.starts_with('#')) return false;
    name.remove_prefix(1);
    const bool hex = name.starts_with('x');
    if (hex) name.remove_prefix(1);
    return !name.empty() && std::ranges::all_of(name, [&](unsigned char c) {
      return hex ? std::isxdigit(c) != 0 : std::isdigit(c) != 0;
    });
  }

  void markup() {
    const auto through = [&](std::string_view opening, std::string_view closing) {
      if (!rest_.starts_with(opening)) return false;
      const auto end = rest_.find(closing, opening.size());
      if (end == std::string_view::npos) {
        complain("has " + std::string(opening) + " without " + std::string(closing));
      } else {
        take(end + closing.size());
      }
      return true;
    };
    if (rest_.starts_with("<?xml") && !declares_utf8())
      return complain("declares an encoding other than UTF-8, in which it is sent");
    if (through("<!--", "-->") || through("<?", "?>")) return;
    if (rest_.starts_with("<![CDATA[") && open_.empty() && extent_ == xml_extent::document)
      return complain("has text outside of its element");
    if (through("<![CDATA[", "]]>")) return;
    if (rest_.starts_with("<!")) return complain("has a document type; remove it");
    rest_.starts_with("</") ? end_tag() : start_tag();
  }

  [[nodiscard]] bool declares_utf8() const {
    const auto declaration = rest_.substr(0, rest_.find("?>"));
    const auto at = declaration.find("encoding");
    if (at == std::string_view::npos) return true;
    const auto open = declaration.find_first_of("\"'", at);
    if (open == std::string_view::npos) return false;
    const auto name = declaration.substr(open + 1);
    return same_word(name.substr(0, name.find(declaration[open])), "utf-8");
  }

  /// The name at `at`, or nothing.
  [[nodiscard]] std::string name_at(std::size_t at) const {
    auto end = at;
    if (end < rest_.size() && begins_name(rest_[end]))
      while (end < rest_.size() && in_name(rest_[end])) ++end;
    return std::string(rest_.substr(at, end - at));
  }

  void skip_blanks() {
    const auto end = std::min(rest_.find_first_not_of(blanks), rest_.size());
    if (end > 0) take(end);
  }

  void end_tag() {
    const auto name = name_at(2);
    if (open_.empty() || name != open_.back())
      return complain("has </" + name + "> where " +
                      (open_.empty() ? "no element is open" : "</" + open_.back() + "> must be"));
    take(2 + name.size());
    skip_blanks();
    if (!rest_.starts_with('>')) return complain("has </" + name + " without >");
    take(1);
    open_.pop_back();
  }

  void start_tag() {
    const auto name = name_at(1);
    if (name.empty()) return complain("has a < that begins no element; write &lt;");
    if (open_.empty()) ++roots_;
    take(1 + name.size());
    std::set<std::string> seen;
    for (;;) {
      const auto before = rest_.size();
      skip_blanks();
      if (rest_.starts_with("/>")) return take(2);
      if (rest_.starts_with('>')) {
        open_.push_back(name);
        return take(1);
      }
      if (before == rest_.size() || !attribute(seen))
        return complain("has an element <" + name + " that is not well-formed");
    }
  }

  /// Reads ` name="value"`, whose blanks are read. Returns whether it is one.
  bool attribute(std::set<std::string>& seen) {
    const auto name = name_at(0);
    if (name.empty() || !seen.insert(name).second) return false;
    take(name.size());
    skip_blanks();
    if (!rest_.starts_with('=')) return false;
    take(1);
    skip_blanks();
    if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return false;
    const auto quote = rest_.substr(0, 1);
    take(1);
    value(quote, name, true);
    if (!out_.malformed.empty() || rest_.empty()) return false;
    take(1);
    return true;
  }

  std::string_view rest_;
  xml_extent extent_;
  parsed_xml out_;
  std::vector<std::string> open_;
  std::size_t roots_ = 0;
};

}  // namespace

parsed_xml parse_xml_template(std::string_view text, xml_extent extent) {
  return xml_scanner(text, extent).scan();
}

}  // namespace sluice::config
