// The body of an answer: the text, and the document in it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace sluice::http {

/// Immutable. Copies share the document. One thread.
class answer_body {
 public:
  answer_body() = default;
  /// `problem`: why `text` is not complete or not decoded; empty if it is both.
  explicit answer_body(std::string text, std::string problem = {})
      : text_(std::move(text)), problem_(std::move(problem)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// Whether the text is nothing but white space.
  [[nodiscard]] bool blank() const;

  /// The JSON document, read at the first call; null if the text is none.
  [[nodiscard]] const nlohmann::json* document() const;
  /// Why there is no document: "the answer is not UTF-8". REQUIRES: there is none.
  [[nodiscard]] std::string why_no_document() const;

  /// Whether it is a page for people: an HTML document, or markup that `content_type` calls HTML.
  [[nodiscard]] bool is_page(std::string_view content_type) const;
  /// `"Sign in"`: the title of a page, in quotes; empty if it has none.
  [[nodiscard]] std::string title() const;

 private:
  struct reading;  ///< the document, or why there is none
  const reading& read() const;

  std::string text_;
  std::string problem_;
  mutable std::shared_ptr<const reading> read_;
};

}  // namespace sluice::http
