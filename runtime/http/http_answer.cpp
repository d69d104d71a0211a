#include "runtime/http/http_answer.hpp"

#include "runtime/http/answer_text.hpp"

namespace sluice::http {

namespace {

std::string words(const http_answer& answer, std::string (*details_in)(const answer_body&)) {
  if (answer.status == 0) return answer.why;
  const auto details = details_in(answer.body);
  return status_text(answer.status) + (details.empty() ? "" : ": " + details);
}

}  // namespace

std::string in_words(const http_answer& answer) { return words(answer, failure_text); }

std::string whole_words(const http_answer& answer) {
  return words(answer, [](const answer_body& body) { return shown_text(body.text()); });
}

}  // namespace sluice::http
