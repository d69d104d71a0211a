#include "runtime/destinations/http/http_delivery.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "runtime/config/duration.hpp"
#include "runtime/http/answer_text.hpp"

namespace sluice::destinations {
namespace {

using step = trial::step;

/// Requests that may fail before nothing new is tried, as long as nothing succeeds: in an outage
/// what is sent is in doubt afterwards.
constexpr std::size_t most_in_vain = 2;
/// With so many further failures of rows alone one more is tried: it may be that just these fail.
constexpr std::uint32_t failures_for_one_more = 3;

constexpr int conflict = 409;

/// A connection that cannot be made is never about the rows that would be sent.
bool concerns_rows(const http::http_answer& answer) {
  return answer.status != 0 || answer.failed == http::http_answer::failure::unknown;
}

/// An update that does not find its row.
bool finds_nothing(const config::http_request_config& request, int status) {
  return request.per_row && request.name == "update" && (status == 404 || status == 410) &&
         !request.statuses.find(status);
}

}  // namespace

http_delivery::http_delivery(const batch& deltas, const http_way& way, chance which)
    : deltas_(deltas), way_(way), chance_(which) {
  outcome_.fates.assign(deltas.size(), fate::undelivered);
}

batch_outcome http_delivery::take_outcome() {
  std::ranges::sort(outcome_.rejections, {}, &rejection::index);
  return std::move(outcome_);
}

void http_delivery::deliver(request_plan& plan, std::vector<std::uint32_t> rows) {
  keep_apart(rows);
  work_list left;
  if (!rows.empty()) left.push_back({std::move(rows)});
  while (!over_ && (!left.empty() || !failed_.empty())) {
    if (auto sent = next(plan, left)) {
      send(plan, *std::move(sent), left);
    } else if (left.empty()) {
      break;
    }
  }
  put_aside();
}

// -- what is next ---------------------------------------------------------------------------------

void http_delivery::keep_apart(std::vector<std::uint32_t>& rows) {
  if (!way_.shared.knows_failed_rows()) return;
  std::erase_if(rows, [&](std::uint32_t row) {
    const auto known = way_.shared.find(deltas_[row]);
    if (!known) return false;
    piece alone;
    alone.rows = {row};
    alone.part = true;
    alone.guilty_before = known->guilty;
    alone.untried = true;
    alone.failed_at = known->failed_at;
    alone.so_far.resume();
    failed_.push_back(std::move(alone));
    return true;
  });
}

std::optional<http_delivery::piece> http_delivery::next(request_plan& plan, work_list& left) {
  if (failed_.empty()) return build(plan, left, std::prev(left.end()));
  divide_failed(plan, left, left.empty());
  if (left.empty()) {
    // Rows alone, or what is better not divided.
    const bool something_to_try =
        chance_ == chance::last || std::ranges::any_of(failed_, [](const piece& p) {
          return p.guilty_before || p.rows.size() > 1;
        });
    if (!something_to_try) return std::nullopt;
    return take_failed(plan);
  }
  if (in_vain()) {
    if (!may_go_on()) return take_failed(plan);
    look_elsewhere(left);
    return build(plan, left, left.begin());
  }
  const auto now = clock::now();
  const bool one_is_due =
      std::ranges::any_of(failed_, [&](const piece& p) { return !p.untried && p.due <= now; });
  if (one_is_due) return take_failed(plan);
  return build(plan, left, std::prev(left.end()));
}

std::optional<http_delivery::piece> http_delivery::build(request_plan& plan, work_list& left,
                                                         work_list::iterator from) {
  auto built = plan.build(deltas_, std::span(from->rows).subspan(from->begin));
  from->begin += built.consumed;
  piece out;
  out.rows = std::move(built.rows);
  out.request = std::move(built.request);
  out.part = from->part;
  if (from->begin == from->rows.size()) left.erase(from);
  for (auto& row : built.unsendable) reject(row.index, std::move(row.reason), 0);
  if (out.rows.empty()) return std::nullopt;
  return out;
}

void http_delivery::look_elsewhere(work_list& left) {
  auto& far = left.front();
  const auto begin = far.rows.begin() + static_cast<std::ptrdiff_t>(far.begin);
  const auto middle = begin + std::distance(begin, far.rows.end()) / 2;
  if (begin == middle) return;
  work near{{begin, middle}, 0, far.part};
  far.rows.erase(far.rows.begin(), middle);
  far.begin = 0;
  left.insert(std::next(left.begin()), std::move(near));
}

std::optional<http_delivery::piece> http_delivery::take_failed(const request_plan& plan) {
  const auto first = std::ranges::min_element(failed_, {}, &piece::due);
  // While one request at a time probes the API, the wait for that is enough.
  if (!way_.shared.failing()) {
    if (const auto may = way_.lane.wait(first->due, way_.stop);
        may != traffic::permission::granted) {
      end(plan, may);
      return std::nullopt;
    }
  }
  auto out = std::move(*first);
  failed_.erase(first);
  return out;
}

bool http_delivery::is_open(const piece& failed) const {
  return !failed.untried && !failed.so_far.others_pass() &&
         !way_.lane.since(failed.failed_at).passed;
}

bool http_delivery::in_vain() const {
  return std::ranges::any_of(failed_, [&](const piece& p) { return is_open(p); });
}

bool http_delivery::may_go_on() const {
  // What is refused is not in doubt, and there is another end to it.
  const auto failed =
      std::ranges::count_if(failed_, [&](const piece& p) { return is_open(p) && !p.refused; });
  return static_cast<std::size_t>(failed) < most_in_vain + failed_in_vain_ / failures_for_one_more;
}

void http_delivery::divide_failed(const request_plan& plan, work_list& left, bool idle) {
  std::erase_if(failed_, [&](const piece& p) {
    if (p.rows.size() == 1) return false;
    const bool alone = idle && !circumstances_of(plan, p).keep_whole;
    if (!alone && !way_.lane.since(p.failed_at).passed) return false;
    halve(p.rows, left);
    return true;
  });
}

// -- sending --------------------------------------------------------------------------------------

void http_delivery::send(request_plan& plan, piece sent, work_list& left) {
  if (sent.request.url.empty()) {
    auto built = plan.build(deltas_, sent.rows);
    if (built.rows.size() != sent.rows.size())  // not so before, but never lose a row over it
      return left.push_back({std::move(sent.rows), 0, true});
    sent.request = std::move(built.request);
  }
  for (;;) {
    if (const auto may = way_.lane.enter(way_.stop); may != traffic::permission::granted)
      return end(plan, may);
    const auto answer = way_.client.send(sent.request, way_.stop, [this] { way_.lane.sent(); });
    if (answer.failed == http::http_answer::failure::cancelled) {
      way_.lane.answered();
      over_ = true;
      return;
    }
    if (answer.failed == http::http_answer::failure::futile) {
      way_.lane.answered();
      return fail(plan, http::in_words(answer),
                  "check destination." + plan.config().name +
                      ".url; certificates are always verified, and destination.tls names CA, "
                      "certificate and key");
    }
    const auto judged = judge_answer(plan, sent, answer);
    if (judged.meaning == status_class::row && is_at_work(plan, sent, answer)) {
      way_.lane.answered();
      const auto until = way_.lane.next_try(++sent.conflicts);
      if (const auto may = way_.lane.wait(until, way_.stop); may != traffic::permission::granted)
        return end(plan, may);
      continue;
    }
    if (judged.meaning == status_class::delivered) {
      way_.lane.succeeded(true, sent.so_far.failures());
      failed_in_vain_ = 0;
      accept(plan, sent.rows, answer, left);
      if (sent.part && sent.rows.size() == 1) way_.shared.forget(deltas_[sent.rows.front()]);
      return;
    }
    if (judged.meaning == status_class::row) {
      way_.lane.succeeded(false);
      failed_in_vain_ = 0;
      return refuse(plan, sent.rows, answer, left);
    }
    const bool refused = judged.meaning != status_class::retry;
    if (refused && !judged.unless_others_pass) {
      way_.lane.answered();
      return fail_for_all(plan, judged.meaning, answer);
    }
    const auto what = weigh(plan, sent, answer, refused);
    if (what == step::convict) return convict(sent);
    // A row counts once, unless there are no others.
    const bool another = sent.so_far.failures() == 1 || left.empty();
    if (refused && another && sent.rows.size() == 1 && !sent.so_far.others_pass() &&
        way_.shared.refuses_everybody())
      return fail_for_all(plan, judged.meaning, answer);
    const auto until = what == step::again ? sent.due : clock::time_point{};
    if (const auto may = way_.lane.wait(until, way_.stop); may != traffic::permission::granted)
      return end(plan, may);
    if (what == step::divide) return halve(sent.rows, left);
    if (what == step::later) {
      if (sent.rows.size() == 1 && !sent.so_far.others_pass()) ++failed_in_vain_;
      sent.request = {};
      sent.untried = false;
      const bool shown = sent.so_far.others_pass();
      failed_.push_back(std::move(sent));
      if (!shown && chance_ == chance::last) ask_witness(plan);
      return;
    }
  }
}

void http_delivery::ask_witness(const request_plan& plan) {
  if (way_.witness_plan == nullptr) return;
  if (const auto may = way_.lane.enter(way_.stop); may != traffic::permission::granted)
    return end(plan, may);
  const auto answer = way_.client.send(way_.witness, way_.stop, [this] { way_.lane.sent(); });
  piece sent;
  sent.rows = {0};
  const auto meaning = judge_answer(*way_.witness_plan, sent, answer).meaning;
  if (meaning == status_class::delivered) return way_.lane.succeeded(false);
  if (meaning != status_class::retry) return way_.lane.answered();
  way_.lane.failed(1, answer.retry_after, http::in_words(answer));
  if (const auto may = way_.lane.wait({}, way_.stop); may != traffic::permission::granted)
    end(plan, may);
}

bool http_delivery::is_at_work(const request_plan& plan, piece& sent,
                               const http::http_answer& answer) const {
  if (answer.status != conflict || !plan.has_ids() || !in_doubt(plan, sent.rows)) return false;
  if (!sent.conflicting_since) sent.conflicting_since = clock::now();
  const auto patience = std::min(plan.at_work(), way_.shared.patience() / 2);
  return clock::now() - *sent.conflicting_since < patience;
}

status_judgement http_delivery::judge_answer(request_plan& plan, const piece& sent,
                                             const http::http_answer& answer) const {
  if (answer.status == 0) return {status_class::retry};
  if (const auto told = plan.reader().judge(answer, sent.rows.size())) return {*told};
  const auto& request = plan.config();
  return judge(answer.status, request.statuses,
               {.per_row = request.per_row,
                .deletes = request.name == "delete",
                .retry_after = answer.retry_after.has_value()});
}

trial::step http_delivery::weigh(const request_plan& plan, piece& sent,
                                 const http::http_answer& answer, bool refused) {
  const bool reached = answer.status == 0 ? answer.failed == http::http_answer::failure::unknown
                                          : may_have_been_applied(answer.status);
  if (reached && !refused) doubt(sent.rows);
  const auto before = sent.so_far.failures();
  sent.so_far.failed(before > 0 ? way_.lane.since(sent.failed_at) : trial::others{});
  if (!sent.failing_since) sent.failing_since = clock::now();
  sent.refused = refused;
  sent.words = http::in_words(answer);
  sent.status = answer.status;
  // What fails although others pass tells nothing of the API, unless it asks for something.
  const bool tells = sent.rows.size() > 1 || !sent.so_far.others_pass() || answer.retry_after;
  if (!refused && tells) {
    sent.due = way_.lane.failed(before + 1, answer.retry_after, sent.words);
  } else {
    way_.lane.answered();
    sent.due = way_.lane.next_try(before + 1);
  }
  sent.failed_at = way_.lane.now();
  return concerns_rows(answer) ? sent.so_far.next(circumstances_of(plan, sent)) : step::again;
}

trial::circumstances http_delivery::circumstances_of(const request_plan& plan,
                                                     const piece& sent) const {
  const auto failing_for =
      sent.failing_since ? clock::now() - *sent.failing_since : clock::duration{0};
  const bool half_overdue = failing_for > way_.shared.patience() / 2;
  return {.rows = sent.rows.size(),
          .refused = sent.refused,
          .part = sent.part,
          .others_wait = !failed_.empty(),
          .keep_whole = way_.has_ids && in_doubt(plan, sent.rows) && !half_overdue,
          .guilty_before = sent.guilty_before,
          .last = chance_ == chance::last,
          .overdue = failing_for > way_.shared.patience(),
          .failure_rate = way_.shared.failure_rate()};
}

void http_delivery::accept(request_plan& plan, const std::vector<std::uint32_t>& rows,
                           const http::http_answer& answer, work_list& left) {
  const auto& results = plan.config().results;
  std::vector<std::string> values;
  if (results && std::holds_alternative<config::http_results::by_value>(results->match)) {
    values.reserve(rows.size());
    for (const auto row : rows) values.push_back(plan.match_text(deltas_[row]));
  }
  auto& reader = plan.reader();
  const auto told = reader.read(answer, rows.size(), values, plan.match_identity());
  if (!told.unreadable.empty()) {
    const auto why = http::status_text(answer.status) + ", but " + told.unreadable;
    doubt(rows);
    if (told.stray && rows.size() > 1) {
      ++unmatched_;
      return halve(rows, left);
    }
    if (!told.stray && reader.lost()) return fail(plan, why, reader.hint());
    for (const auto row : rows) reject(row, why, answer.status);
    return;
  }
  std::vector<std::uint32_t> untold;
  std::uint64_t confirmed = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    switch (told.rows[i].what) {
      case row_verdict::kind::delivered:
        outcome_.fates[rows[i]] = fate::delivered;
        ++confirmed;
        break;
      case row_verdict::kind::rejected:
        reject(rows[i], told.rows[i].reason, answer.status);
        break;
      case row_verdict::kind::unknown:
        outcome_.fates[rows[i]] = fate::unknown;
        untold.push_back(rows[i]);
        break;
    }
  }
  if (confirmed > 0) way_.confirms(confirmed);
  // In fewer rows it is told apart sooner which one was meant: at the latest in one alone.
  if (rows.size() > 1 && !untold.empty()) {
    ++unmatched_;
    halve(untold, left);
  }
}

void http_delivery::refuse(const request_plan& plan, const std::vector<std::uint32_t>& rows,
                           const http::http_answer& answer, work_list& left) {
  const auto words = http::in_words(answer);
  if (rows.size() == 1) {
    const auto row = rows.front();
    if (way_.may_insert && finds_nothing(plan.config(), answer.status)) {
      gone_.push_back(row);
    } else if (answer.status == conflict && found_there(plan, row)) {
      return;
    } else {
      way_.shared.refused(words);
      reject(row, words, answer.status);
    }
  } else if (way_.shared.refuses_all(words)) {
    // Halving would only ask twice as often.
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) left.push_back({{*row}, 0, true});
  } else {
    halve(rows, left);
  }
}

void http_delivery::halve(const std::vector<std::uint32_t>& rows, work_list& left) {
  const auto middle = std::next(rows.begin(), static_cast<std::ptrdiff_t>(rows.size() / 2));
  left.push_back({{middle, rows.end()}, 0, true});
  if (middle != rows.begin()) left.push_back({{rows.begin(), middle}, 0, true});
}

// -- fates ----------------------------------------------------------------------------------------

bool http_delivery::found_there(const request_plan& plan, std::uint32_t row) {
  if (!in_doubt(plan, {row})) return false;
  if (way_.may_update && deltas_[row].op == operation::insert) {
    doubt({row});
    there_.push_back(row);
    return true;
  }
  return outcome_.fates[row] == fate::unknown;
}

void http_delivery::convict(const piece& row) {
  const auto index = row.rows.front();
  way_.shared.note(deltas_[index], {row.failed_at, true});
  reject(index, row.words, row.status);
}

void http_delivery::put_aside() {
  if (!over_) {
    for (const auto& row : failed_) {
      const auto index = row.rows.front();
      way_.shared.note(deltas_[index], {row.failed_at, row.guilty_before});
      outcome_.rejections.push_back({.index = index,
                                     .reason = row.words,
                                     .status = row.status,
                                     .again = false,
                                     .unproven = true});
    }
  }
  failed_.clear();
}

void http_delivery::reject(std::uint32_t row, std::string reason, int status) {
  if (outcome_.fates[row] != fate::unknown) outcome_.fates[row] = fate::rejected;
  outcome_.rejections.push_back({row, std::move(reason), status});
}

void http_delivery::doubt(const std::vector<std::uint32_t>& rows) {
  for (const auto row : rows) outcome_.fates[row] = fate::unknown;
}

bool http_delivery::in_doubt(const request_plan& plan,
                             const std::vector<std::uint32_t>& rows) const {
  return std::ranges::any_of(rows, [&](std::uint32_t row) {
    return outcome_.fates[row] == fate::unknown || plan.was_in_doubt(deltas_[row]);
  });
}

void http_delivery::end(const request_plan& plan, traffic::permission why) {
  over_ = true;
  if (why == traffic::permission::gave_up) give_up(plan);
}

void http_delivery::give_up(const request_plan& plan) {
  const auto patience = config::to_text(way_.shared.patience());
  auto words = way_.shared.last_words();
  if (const auto at = way_.shared.ask_again_at()) {
    outcome_.ask_again_at = at;
    return fail(plan,
                words + "; the API wants to be asked again at " + format_timestamp(*at) +
                    ", later than destination.retry.give_up_after (" + patience + ") allows",
                "what is left is part of the next sync; the schedule waits until then, and `sluice "
                "sync` does not");
  }
  fail(plan, "no request has succeeded for " + patience + (words.empty() ? "" : ": " + words),
       "what is left is part of the next sync; destination.retry.give_up_after says how long to go "
       "on trying");
}

void http_delivery::fail_for_all(const request_plan& plan, status_class why,
                                 const http::http_answer& answer) {
  if (answer.status == 407)
    return fail(plan, http::in_words(answer),
                "it is the proxy that asks for credentials: check https_proxy and http_proxy in "
                "the environment of the node");
  if (why == status_class::credentials)
    return fail(plan, http::in_words(answer),
                "check the credentials in destination.headers or destination.basic_auth");
  fail(
      plan, http::in_words(answer),
      "check method and url of destination." + plan.config().name + "; redirects are not followed");
}

void http_delivery::fail(const request_plan& plan, std::string cause, std::string hint) {
  over_ = true;
  outcome_.failed = {errc::destination_failed, "deliver", plan.shown(), std::move(cause),
                     std::move(hint)};
}

}  // namespace sluice::destinations
