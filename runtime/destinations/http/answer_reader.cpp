#include "runtime/destinations/http/answer_reader.hpp"

#include <nlohmann/json.hpp>

#include "runtime/http/answer_text.hpp"

namespace sluice::destinations {
namespace {

bool is_page(const http::http_answer& answer) {
  const auto types = http::values_of(answer.headers, "Content-Type");
  return answer.body.is_page(types.empty() ? std::string() : types.front());
}

status_class status_of(answer_class is) {
  switch (is) {
    case answer_class::delivered:
      return status_class::delivered;
    case answer_class::retry:
      return status_class::retry;
    case answer_class::credentials:
      return status_class::credentials;
    case answer_class::road:
      return status_class::road;
    case answer_class::exists:
      return status_class::exists;
    case answer_class::missing:
      return status_class::missing;
    case answer_class::rejected:
      break;
  }
  return status_class::row;
}

}  // namespace

answer_reader::answer_reader(const config::http_request_config& request)
    : results_(request.results), remember_(request.remember) {
  if (request.looks_up()) lookup_ = request;
  if (request.answer) conditions_.emplace(*request.answer);
}

std::optional<status_class> answer_reader::judge(const http::http_answer& answer,
                                                 std::size_t rows) const {
  if (answer.status == 0) return std::nullopt;
  if (conditions_) {
    const auto told = conditions_->judge(answer.status, answer.headers, answer.body);
    if (told.is) {
      if (*told.is != answer_class::delivered || !results_) return status_of(*told.is);
    } else if (is_success(answer.status) && told.undelivered && told.untold.empty() &&
               !answer.body.blank() && !is_page(answer)) {
      // The answer has a body, which does not say that the rows were delivered.
      return status_class::row;
    }
    if (told.is && !is_success(answer.status)) return status_class::delivered;
  }
  if (results_ && rows > 1 && is_success(answer.status) && refuses_batch(*results_, answer.body))
    return status_class::row;
  return std::nullopt;
}

std::string answer_reader::doubt(const http::http_answer& answer) const {
  judgement told;
  if (conditions_) told = conditions_->judge(answer.status, answer.headers, answer.body);
  if (told.is) return {};
  if (is_page(answer)) {
    const auto title = answer.body.title();
    return "the answer is an HTML page" + (title.empty() ? "" : ", " + title) +
           ", as those of logins and of maintenance are";
  }
  if (!told.untold.empty()) return told.untold;
  if (told.undelivered)  // otherwise `judge` would have called the answer refused
    return "the answer has no body, and destination.answer.delivered asks for one";
  return {};
}

row_verdicts answer_reader::read(const http::http_answer& answer, std::size_t rows,
                                 std::span<const std::string> values,
                                 const identity_column& identity) {
  row_verdicts out;
  // Other statuses mean "delivered" by a condition, or because a row to delete is gone.
  if (is_success(answer.status)) {
    out.unreadable = doubt(answer);
    if (out.unreadable.empty() && lookup_)
      out = read_found(*lookup_, answer.body, rows, values, identity);
    else if (out.unreadable.empty() && results_)
      out = read_results(*results_, answer.body, rows, values, identity, remember_);
  }
  if (!out.unreadable.empty()) {
    out.stray = out.stray || (read_any_ && !out.rows.empty());
    if (!out.stray) ++unread_;
    return out;
  }
  unread_ = 0;
  read_any_ = true;
  if (out.rows.empty() && lookup_)
    out.rows.assign(rows, {row_verdict::kind::missing, http::status_text(answer.status)});
  if (out.rows.empty()) out.rows.assign(rows, {row_verdict::kind::delivered, {}});
  if (!results_ && !lookup_ && !remember_.empty() && rows == 1) {
    const auto* const document = answer.body.document();
    out.rows.front().found = remembered_in(document ? *document : nlohmann::json(), remember_);
  }
  return out;
}

bool answer_reader::lost() const {
  return unread_ >= (read_any_ ? most_unread : most_unread_at_first);
}

std::string answer_reader::hint() const {
  if (lookup_)
    return "check the url of destination.lookup.request, its results, and destination.lookup.take";
  return std::string("check the url and ") +
         (results_      ? "destination.results"
          : conditions_ ? "destination.answer"
                        : "say in destination.answer.delivered what a delivery looks like") +
         "; the rows are in doubt and are delivered again";
}

}  // namespace sluice::destinations
