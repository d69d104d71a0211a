#include "runtime/destinations/http/http_delivery.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::destinations {
namespace {

constexpr int conflict = 409;

}  // namespace

http_delivery::http_delivery(const batch& deltas, http_client& client, traffic::lane& lane,
                             const traffic& shared, const std::stop_token& stop)
    : deltas_(deltas), client_(client), lane_(lane), shared_(shared), stop_(stop) {
  outcome_.fates.assign(deltas.size(), fate::undelivered);
}

batch_outcome http_delivery::take_outcome() {
  std::ranges::sort(outcome_.rejections, {}, &rejection::index);
  return std::move(outcome_);
}

void http_delivery::deliver(request_plan& plan, std::vector<std::uint32_t> rows,
                            request_plan* if_there) {
  if_there_ = if_there;
  work_list left;  // the last is next, so that rows keep their order
  left.push_back({std::move(rows)});
  while (!left.empty() && !over_) {
    auto& next = left.back();
    auto built = plan.build(deltas_, std::span(next.rows).subspan(next.begin));
    next.begin += built.consumed;
    if (next.begin == next.rows.size()) left.pop_back();
    for (auto& row : built.unsendable) reject(row.index, std::move(row.reason), 0);
    if (!built.rows.empty()) send(plan, built, left);
  }
  if (auto there = std::exchange(there_, {}); !there.empty() && !over_)
    deliver(*if_there, std::move(there));
}

void http_delivery::send(request_plan& plan, const built_request& built, work_list& left) {
  std::optional<traffic::clock::time_point> failing_since;
  std::optional<traffic::clock::time_point> conflicting_since;
  for (std::uint32_t failures = 1;; ++failures) {
    auto may = lane_.enter(stop_);
    http_answer answer;
    if (may == traffic::permission::granted) {
      answer = client_.send(built.request, stop_, [this] { lane_.sent(); });
      if (answer.failed == http_answer::failure::cancelled) may = traffic::permission::stopped;
    }
    if (may == traffic::permission::granted) {
      const auto told = plan.reader().judge(answer, built.rows.size());
      auto meaning = told                 ? *told
                     : answer.status == 0 ? verdict::retry
                                          : judge(answer.status, plan.config().per_row);
      // The API is still at work on the request before, which it knows by its id.
      if (!told && answer.status == conflict && plan.has_ids() &&
          was_sent_before(plan, built.rows)) {
        if (!conflicting_since) conflicting_since = traffic::clock::now();
        const auto patience = std::min(plan.at_work(), shared_.patience() / 2);
        if (traffic::clock::now() - *conflicting_since < patience) meaning = verdict::retry;
      }
      if (answer.failed == http_answer::failure::futile)
        return fail(plan, in_words(answer),
                    "check destination." + plan.config().name +
                        ".url; certificates are always verified, and destination.tls names CA, "
                        "certificate and key");
      if (meaning != verdict::retry) lane_.succeeded();
      switch (meaning) {
        case verdict::delivered:
          return accept(plan, built.rows, answer, left);
        case verdict::too_large:
        case verdict::rows_refused:
          // What should not be there is not there.
          if (plan.config().per_row && plan.config().name == "delete" &&
              (answer.status == 404 || answer.status == 410))
            return accept(plan, built.rows, answer, left);
          return split_or_reject(plan, built.rows, answer, left);
        case verdict::unauthorised:
          return fail(plan, in_words(answer),
                      "check the credentials in destination.headers or destination.basic_auth");
        case verdict::misdirected:
          return fail(plan, in_words(answer),
                      "check method and url of destination." + plan.config().name +
                          "; redirects are not followed");
        case verdict::retry:
          break;
      }
      const bool reached = answer.status == 0 ? answer.failed == http_answer::failure::unknown
                                              : may_have_been_applied(answer.status);
      if (reached) doubt(built.rows);
      if (!failing_since) failing_since = traffic::clock::now();
      may = lane_.failed(failures, answer.retry_after, in_words(answer), stop_);
      // Others got through meanwhile: it is this request that the API cannot digest.
      const auto failing_for = traffic::clock::now() - *failing_since;
      if (may == traffic::permission::granted && failing_for > shared_.patience() &&
          shared_.failing_for() < failing_for / 2)
        return doubt(built.rows);
    }
    if (may == traffic::permission::gave_up)
      return fail(plan,
                  "no request has succeeded for " + config::to_text(shared_.patience()) +
                      (answer.why.empty() && answer.status == 0 ? "" : ": " + in_words(answer)),
                  "what is left is part of the next sync; destination.retry.give_up_after says how "
                  "long to go on trying");
    if (may == traffic::permission::stopped) {
      over_ = true;
      return;
    }
  }
}

void http_delivery::accept(request_plan& plan, const std::vector<std::uint32_t>& rows,
                           const http_answer& answer, work_list& left) {
  const auto& results = plan.config().results;
  std::vector<std::string> values;
  if (results && std::holds_alternative<config::http_results::by_value>(results->match)) {
    values.reserve(rows.size());
    for (const auto row : rows) values.push_back(plan.match_text(deltas_[row]));
  }
  auto& reader = plan.reader();
  const auto told = reader.read(answer, rows.size(), values, plan.match_identity());
  if (!told.unreadable.empty()) {
    const auto why = log::secrets().masked(status_text(answer.status) + ", but " + told.unreadable);
    doubt(rows);
    if (told.stray && rows.size() > 1) {
      ++unmatched_;
      return halve(rows, left);
    }
    if (!told.stray && reader.lost()) return fail(plan, why, reader.hint());
    for (const auto row : rows) reject(row, why + "; the row is in doubt", answer.status);
    return;
  }
  std::vector<std::uint32_t> untold;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    switch (told.rows[i].what) {
      case row_verdict::kind::delivered:
        outcome_.fates[rows[i]] = fate::delivered;
        break;
      case row_verdict::kind::rejected:
        reject(rows[i], log::secrets().masked(told.rows[i].reason), answer.status);
        break;
      case row_verdict::kind::unknown:
        outcome_.fates[rows[i]] = fate::unknown;
        untold.push_back(rows[i]);
        break;
    }
  }
  // In fewer rows it is told apart sooner which one was meant: at the latest in one alone.
  if (rows.size() > 1 && !untold.empty()) {
    ++unmatched_;
    halve(untold, left);
  }
}

void http_delivery::split_or_reject(const request_plan& plan,
                                    const std::vector<std::uint32_t>& rows,
                                    const http_answer& answer, work_list& left) {
  if (rows.size() > 1) return halve(rows, left);
  const auto row = rows.front();
  // What conflicts with it may be itself, written by an attempt whose answer was lost.
  if (answer.status == conflict && was_sent_before(plan, rows)) {
    if (if_there_ != nullptr && deltas_[row].op == operation::insert) {
      doubt(rows);
      there_.push_back(row);
      return;
    }
    if (outcome_.fates[row] == fate::unknown) return;
  }
  reject(row, in_words(answer), answer.status);
}

bool http_delivery::was_sent_before(const request_plan& plan,
                                    const std::vector<std::uint32_t>& rows) const {
  return std::ranges::any_of(rows, [&](std::uint32_t row) {
    return outcome_.fates[row] == fate::unknown || plan.was_in_doubt(deltas_[row]);
  });
}

void http_delivery::halve(const std::vector<std::uint32_t>& rows, work_list& left) {
  const auto middle = std::next(rows.begin(), static_cast<std::ptrdiff_t>(rows.size() / 2));
  left.push_back({{middle, rows.end()}});
  if (middle != rows.begin()) left.push_back({{rows.begin(), middle}});
}

void http_delivery::reject(std::uint32_t row, std::string reason, int status) {
  if (outcome_.fates[row] != fate::unknown) outcome_.fates[row] = fate::rejected;
  outcome_.rejections.push_back({row, std::move(reason), status});
}

void http_delivery::doubt(const std::vector<std::uint32_t>& rows) {
  for (const auto row : rows) outcome_.fates[row] = fate::unknown;
}

void http_delivery::fail(const request_plan& plan, std::string cause, std::string hint) {
  over_ = true;
  outcome_.failed = {errc::destination_failed, "deliver", plan.shown(), std::move(cause),
                     std::move(hint)};
}

}  // namespace sluice::destinations
