#include "runtime/http/answer_body.hpp"

#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "messages/ascii.hpp"
#include "messages/expect.hpp"
#include "runtime/config/defaults.hpp"
#include "runtime/log/printable.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::http {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::size_t longest_title = 100;

/// Whether objects and arrays are nested too deeply to be processed.
bool too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > config::limits::depth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

bool begins_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, lower);
}

/// `text` from `lower_case` on, whatever case it has there; empty if it has it nowhere.
std::string_view from(std::string_view text, std::string_view lower_case) {
  const auto found = std::ranges::search(text, lower_case, {}, lower);
  return found.empty() ? std::string_view() : std::string_view(found.begin(), text.end());
}

/// `text` without byte order mark, blanks, comments and XML declaration in front of the document.
std::string_view markup_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::string_view end = text.starts_with("<!--")    ? "-->"
                                 : text.starts_with("<?xml") ? "?>"
                                                             : "";
    const auto at = end.empty() ? std::string_view::npos : text.find(end);
    if (at == std::string_view::npos) return text;
    text.remove_prefix(at + end.size());
  }
}

}  // namespace

struct answer_body::reading {
  nlohmann::json document;  ///< discarded if there is none
  std::string why;
};

const answer_body::reading& answer_body::read() const {
  if (read_) return *read_;
  auto out = std::make_shared<reading>();
  out->document = nlohmann::json::value_t::discarded;
  if (blank()) {
    out->why = problem_.empty() ? "the answer has no body" : problem_;
  } else if (too_deep(text_)) {
    out->why = "the answer is nested too deeply";
  } else {
    try {
      out->document = nlohmann::json::parse(text_);
    } catch (const nlohmann::json::parse_error& e) {
      out->why = !problem_.empty()                 ? problem_
                 : !simdjson::validate_utf8(text_) ? "the answer is not UTF-8"
                 : e.byte > text_.size()           ? "the answer is JSON that ends too early"
                                         : "the answer is not JSON that can be read (from byte " +
                                               std::to_string(e.byte) + " on)";
    } catch (const nlohmann::json::exception&) {  // such as a number that no double holds
      out->why = "the answer is not JSON that can be read";
    }
  }
  read_ = std::move(out);
  return *read_;
}

bool answer_body::blank() const { return text_.find_first_not_of(blanks) == std::string::npos; }

const nlohmann::json* answer_body::document() const {
  const auto& out = read().document;
  return out.is_discarded() ? nullptr : &out;
}

std::string answer_body::why_no_document() const {
  expect(document() == nullptr, "read answer", "an answer without a document");
  return read().why;
}

bool answer_body::is_page(std::string_view content_type) const {
  const auto markup = markup_of(text_);
  if (begins_with(markup, "<!doctype html")) return true;
  if (begins_with(markup, "<html") &&
      (markup.size() == 5 ||
       std::string_view("> \t\r\n").find(markup[5]) != std::string_view::npos))
    return true;
  const bool html =
      begins_with(content_type, "text/html") || begins_with(content_type, "application/xhtml");
  return html && markup.starts_with('<');
}

std::string answer_body::title() const {
  auto title = from(text_, "<title");
  title.remove_prefix(std::min(title.find('>'), title.size()));
  if (title.empty()) return {};
  title.remove_prefix(1);
  title = trimmed(title.substr(0, title.find('<')), blanks);
  if (title.empty()) return {};
  return '"' + log::printable(log::secrets().masked(title, longest_title)) + '"';
}

}  // namespace sluice::http
