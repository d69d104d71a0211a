#include "runtime/source/sql_text.hpp"

#include <algorithm>

#include "runtime/odbc/identifiers.hpp"

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
  scanner(std::string_view text, product kind, std::string_view what,
          backslash meaning = backslash::escapes)
      : text_(text), kind_(kind), what_(what), backslash_(meaning) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] char current() const { return text_[at_]; }

  /// Steps over white space or one comment; false if neither is here.
  bool skip_blank() {
    if (is_space(current())) {
      ++at_;
    } else if (starts_line_comment()) {
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
    } else if (c == '[' && kind_ == product::sqlite) {
      skip_bracketed();
    } else if (c == '$' && kind_ == product::postgresql && !in_name()) {
      skip_dollar_quoted();
    } else {
      ++at_;
    }
  }

 private:
  [[nodiscard]] bool starts(std::string_view word) const {
    return text_.substr(at_).starts_with(word);
  }
  [[nodiscard]] bool starts_line_comment() const {
    if (kind_ != product::mariadb) return starts("--");
    // `5--1` is a difference.
    const bool apart = at_ + 2 >= text_.size() || static_cast<unsigned char>(text_[at_ + 2]) <= ' ';
    return current() == '#' || (starts("--") && apart);
  }
  /// Whether this is the middle of a name: PostgreSQL allows dollars in names.
  [[nodiscard]] bool in_name() const {
    return at_ > 0 && (is_word(text_[at_ - 1]) || text_[at_ - 1] == '$');
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
    // SQLite takes the end of the text for the end of the comment.
    if (kind_ == product::sqlite) return;
    refuse(what_, " opens a comment that is never closed");
  }

  void skip_quoted(char quote) {
    // Backslashes escape in MariaDB's strings and in PostgreSQL's E'...'.
    const bool escape_string = kind_ == product::postgresql && quote == '\'' && at_ > 0 &&
                               (text_[at_ - 1] == 'E' || text_[at_ - 1] == 'e') &&
                               !(at_ > 1 && is_word(text_[at_ - 2]));
    const bool escapes =
        (kind_ == product::mariadb && quote != '`' && backslash_ == backslash::escapes) ||
        escape_string;
    for (++at_; !at_end(); ++at_) {
      if (escapes && current() == '\\') {
        ++at_;
      } else if (current() == quote) {
        ++at_;
        if (at_end() || current() != quote) return;  // a doubled quote stands for one
      }
    }
    refuse(what_, " opens a quote that is never closed");
  }

  void skip_bracketed() {
    at_ = text_.find(']', at_);
    if (at_ == std::string_view::npos) refuse(what_, " opens a quote that is never closed");
    ++at_;
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
  backslash backslash_;
  std::size_t at_ = 0;
};

// sqliteodbc 0.9998 takes a ? for a parameter unless it stands between " or ', and refuses to
// prepare a text in which it counts more parameters than SQLite finds.

/// White space or a comment as the driver can read it.
std::string_view readable_blank(std::string_view blank, product kind) {
  const bool misread = kind == product::sqlite && blank.find('?') != std::string_view::npos;
  return misread ? " " : blank;
}

/// A piece as the driver can read it: a name between ` or brackets goes between ".
std::string readable_piece(std::string_view piece, product kind) {
  const bool misread = kind == product::sqlite && piece.find('?') != std::string_view::npos;
  if (!misread || (piece[0] != '`' && piece[0] != '[')) return std::string(piece);
  return odbc::quoted_identifier(odbc::split_qualified_name(piece).front(), '"');
}

}  // namespace

std::string single_statement(std::string_view query, product kind, std::string_view what,
                             backslash meaning) {
  scanner scan(query, kind, what, meaning);
  std::string out;
  std::size_t end = 0;  // of `out`, behind the last piece that means something
  bool ended = false;   // a semicolon was seen
  while (!scan.at_end()) {
    const auto begin = scan.position();
    const auto passed = [&] { return query.substr(begin, scan.position() - begin); };
    if (scan.skip_blank()) {
      out += readable_blank(passed(), kind);
      continue;
    }
    const bool semicolon = scan.current() == ';';
    scan.skip_piece();
    if (semicolon) {
      ended = end > 0;
      continue;
    }
    if (ended) refuse(what, " holds more than one statement");
    out += readable_piece(passed(), kind);
    end = out.size();
  }
  if (end == 0) refuse(what, " is empty");
  out.resize(end);
  return out;
}

bool has_question_mark(std::string_view query, product kind) {
  scanner scan(query, kind, "the query");
  while (!scan.at_end()) {
    if (scan.skip_blank()) continue;
    if (scan.current() == '?') return true;
    scan.skip_piece();
  }
  return false;
}

}  // namespace sluice::source
