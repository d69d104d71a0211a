#include "runtime/source/sql_text.hpp"

#include <algorithm>

namespace sluice::source {
namespace {

using odbc::error_class;
using odbc::odbc_error;
using odbc::product;

[[noreturn]] void refuse(std::string_view what, const char* why) {
  throw odbc_error(error_class::permanent, std::string(what) + why);
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Steps over one lexical piece of SQL after the other.
class scanner {
 public:
  scanner(std::string_view text, product kind, std::string_view what)
      : text_(text), kind_(kind), what_(what) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] char current() const { return text_[at_]; }

  /// Steps over white space or one comment; false if neither is here.
  bool skip_blank() {
    if (is_space(current())) {
      ++at_;
    } else if (starts("--") || (kind_ == product::mariadb && current() == '#')) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (starts("/*") && !is_executable_comment()) {
      skip_block_comment();
    } else {
      return false;
    }
    return true;
  }

  /// Steps over a string, a quoted name or a single character.
  void skip_piece() {
    const char c = current();
    if (c == '\'' || c == '"' || (c == '`' && kind_ != product::postgresql)) {
      skip_quoted(c);
    } else if (c == '$' && kind_ == product::postgresql && !(at_ > 0 && is_word(text_[at_ - 1]))) {
      skip_dollar_quoted();
    } else {
      ++at_;
    }
  }

 private:
  [[nodiscard]] bool starts(std::string_view word) const {
    return text_.substr(at_).starts_with(word);
  }
  /// MariaDB runs what is inside `/*! */` and `/*M! */`.
  [[nodiscard]] bool is_executable_comment() const {
    return kind_ == product::mariadb && (starts("/*!") || starts("/*M!"));
  }

  void skip_block_comment() {
    const bool nests = kind_ == product::postgresql;
    int depth = 0;
    while (!at_end()) {
      if (starts("/*") && (nests || depth == 0)) {
        ++depth;
        at_ += 2;
      } else if (starts("*/")) {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
    refuse(what_, " opens a comment that is never closed");
  }

  void skip_quoted(char quote) {
    // Backslashes escape in MariaDB's strings and in PostgreSQL's E'...'.
    const bool escape_string = kind_ == product::postgresql && quote == '\'' && at_ > 0 &&
                               (text_[at_ - 1] == 'E' || text_[at_ - 1] == 'e') &&
                               !(at_ > 1 && is_word(text_[at_ - 2]));
    const bool backslash = (kind_ == product::mariadb && quote != '`') || escape_string;
    for (++at_; !at_end(); ++at_) {
      if (backslash && current() == '\\') {
        ++at_;
      } else if (current() == quote) {
        ++at_;
        if (at_end() || current() != quote) return;  // a doubled quote stands for one
      }
    }
    refuse(what_, " opens a quote that is never closed");
  }

  void skip_dollar_quoted() {
    auto end = at_ + 1;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end >= text_.size() || text_[end] != '$') {
      ++at_;  // a parameter such as $1, not a quote
      return;
    }
    const auto tag = text_.substr(at_, end + 1 - at_);
    const auto close = text_.find(tag, end + 1);
    if (close == std::string_view::npos) refuse(what_, " opens a quote that is never closed");
    at_ = close + tag.size();
  }

  std::string_view text_;
  product kind_;
  std::string_view what_;
  std::size_t at_ = 0;
};

}  // namespace

std::string single_statement(std::string_view query, product kind, std::string_view what) {
  scanner scan(query, kind, what);
  std::size_t end = 0;  // behind the last piece that means something
  bool ended = false;   // a semicolon was seen
  while (!scan.at_end()) {
    if (scan.skip_blank()) continue;
    if (scan.current() == ';') {
      ended = end > 0;
      scan.skip_piece();
      continue;
    }
    if (ended) refuse(what, " holds more than one statement");
    scan.skip_piece();
    end = scan.position();
  }
  if (end == 0) refuse(what, " is empty");
  return std::string(query.substr(0, end));
}

}  // namespace sluice::source
