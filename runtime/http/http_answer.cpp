#include "runtime/http/http_answer.hpp"

#include "runtime/http/answer_text.hpp"

namespace sluice::http {

std::string in_words(const http_answer& answer) {
  auto text = answer.status == 0 ? answer.why : status_text(answer.status);
  const auto details = answer.status == 0 ? std::string() : failure_text(answer.body);
  if (!details.empty()) text += ": " + details;
  return text;
}

}  // namespace sluice::http
