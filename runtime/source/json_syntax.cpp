#include "runtime/source/json_syntax.hpp"

#include <string>

#include "messages/ascii.hpp"

namespace sluice::source {
namespace {

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Steps over one token of JSON after the other. The functions that take one say whether it was
/// there.
class json_scanner {
 public:
  explicit json_scanner(std::string_view text) : rest_(text) {}

  void skip_blank() {
    while (!rest_.empty() && (rest_[0] == ' ' || (rest_[0] >= '\t' && rest_[0] <= '\r' &&
                                                  rest_[0] != '\v' && rest_[0] != '\f')))
      rest_.remove_prefix(1);
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char current() const { return rest_.empty() ? '\0' : rest_[0]; }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool take_string() {
    if (!take("\"")) return false;
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (static_cast<unsigned char>(c) < ' ') return false;
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\' && !take_escape()) return false;
    }
    return false;
  }

  bool take_number() {
    take("-");
    if (!take("0") && !take_digits()) return false;
    if (take(".") && !take_digits()) return false;
    if (!take("e") && !take("E")) return true;
    if (!take("+")) take("-");
    return take_digits();
  }

 private:
  bool take_digits() {
    const auto begin = rest_.size();
    while (!rest_.empty() && is_digit(rest_[0])) rest_.remove_prefix(1);
    return rest_.size() < begin;
  }

  bool take_escape() {
    if (!take("u")) {
      const bool known =
          !rest_.empty() && std::string_view("\"\\/bfnrt").find(rest_[0]) != std::string_view::npos;
      if (known) rest_.remove_prefix(1);
      return known;
    }
    for (int i = 0; i < 4; ++i) {
      if (rest_.empty() || !is_hex(rest_[0])) return false;
      rest_.remove_prefix(1);
    }
    return true;
  }

  std::string_view rest_;
};

/// A value that holds no others.
bool take_scalar(json_scanner& scan) {
  switch (scan.current()) {
    case '"':
      return scan.take_string();
    case 't':
      return scan.take("true");
    case 'f':
      return scan.take("false");
    case 'n':
      return scan.take("null");
    default:
      return scan.take_number();
  }
}

/// A key and the colon behind it.
bool take_key(json_scanner& scan) {
  scan.skip_blank();
  if (!scan.take_string()) return false;
  scan.skip_blank();
  return scan.take(":");
}

/// Opens containers, one inside the other, up to a value that is no container, or an empty one.
/// `open` has the closing bracket of each container that is not closed.
bool take_beginning(json_scanner& scan, std::string& open) {
  for (;;) {
    scan.skip_blank();
    const char closing = scan.current() == '{' ? '}' : scan.current() == '[' ? ']' : '\0';
    if (closing == '\0') return take_scalar(scan);
    scan.take(closing == '}' ? "{" : "[");
    scan.skip_blank();
    if (scan.take(std::string_view(&closing, 1))) return true;
    open.push_back(closing);
    if (closing == '}' && !take_key(scan)) return false;
  }
}

}  // namespace

bool is_valid_json(std::string_view text) {
  json_scanner scan(text);
  std::string open;
  for (;;) {
    if (!take_beginning(scan, open)) return false;
    scan.skip_blank();
    while (!open.empty() && scan.take(std::string_view(&open.back(), 1))) {
      open.pop_back();
      scan.skip_blank();
    }
    if (open.empty()) return scan.at_end();
    if (!scan.take(",")) return false;
    if (open.back() == '}' && !take_key(scan)) return false;
  }
}

}  // namespace sluice::source
