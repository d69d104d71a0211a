#include "runtime/config/commented_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace sluice::config {
namespace {

/// The columns of UTF-8 text; wide characters count as one.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

/// The value on one line, with blanks where people put them.
std::string one_line(const ordered_json& value) {
  if (!value.is_structured() || value.empty()) return value.dump();
  std::string out;
  for (const auto& [key, member] : value.items()) {
    out += out.empty() ? "" : ", ";
    if (value.is_object()) out += ordered_json(key).dump() + ": ";
    out += one_line(member);
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

class writer {
 public:
  writer(const std::set<std::string>& marked, std::string_view comment, std::size_t width)
      : marked_(marked), comment_(comment), width_(width) {}

  /// `opening` stands in front of the value, `closing` behind it.
  void write(const ordered_json& value, const std::string& pointer, std::string opening,
             std::string_view closing) {
    const auto marks = marks_of(value, pointer);
    if (marks != extent::some || !value.is_structured()) {
      const auto line = opening + one_line(value) + std::string(closing);
      const auto room =
          marks == extent::all ? width_ - std::min(width_, comment_.size() + 2) : width_;
      if (!value.is_structured() || value.empty() || columns(line) <= room)
        return lines_.push_back({line, marks == extent::all});
    }
    const auto indent = opening.substr(0, opening.find_first_not_of(' '));
    const bool object = value.is_object();
    lines_.push_back({opening + (object ? "{" : "["), marked_.contains(pointer)});
    std::size_t left = value.size();
    for (const auto& [key, member] : value.items())
      write(member, child_pointer(pointer, key),
            indent + "  " + (object ? ordered_json(key).dump() + ": " : ""), --left > 0 ? "," : "");
    lines_.push_back({indent + (object ? "}" : "]") + std::string(closing), false});
  }

  /// The lines, comments under each other where lines are short enough.
  [[nodiscard]] std::string text() const {
    const auto most = width_ * 3 / 5;  // a long line would pull all comments away from the others
    std::size_t column = 0;
    for (const auto& line : lines_)
      if (const auto length = columns(line.text); line.is_marked && length <= most)
        column = std::max(column, length);
    std::string out;
    for (const auto& line : lines_) {
      out += line.text;
      if (line.is_marked) {
        const auto length = columns(line.text);
        out.append(2 + (length < column ? column - length : 0), ' ').append(comment_);
      }
      out += '\n';
    }
    return out;
  }

 private:
  enum class extent : std::uint8_t { none, some, all };
  struct written_line {
    std::string text;
    bool is_marked;
  };

  [[nodiscard]] extent marks_of(const ordered_json& value, const std::string& pointer) const {
    if (marked_.contains(pointer)) return extent::all;
    const auto inside = marked_.lower_bound(pointer + "/");
    if (inside == marked_.end() || !inside->starts_with(pointer + "/")) return extent::none;
    bool all = true;
    for (const auto& [key, member] : value.items())
      all = all && marks_of(member, child_pointer(pointer, key)) == extent::all;
    return all ? extent::all : extent::some;
  }

  const std::set<std::string>& marked_;
  std::string_view comment_;
  std::size_t width_;
  std::vector<written_line> lines_;
};

}  // namespace

std::string commented_json(const ordered_json& document, const std::set<std::string>& marked,
                           std::string_view comment, std::size_t width) {
  writer out(marked, comment, width);
  out.write(document, "", "", "");
  return out.text();
}

}  // namespace sluice::config
