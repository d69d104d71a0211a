// What the answers to the requests of a batch make of its rows.

#include <algorithm>
#include <utility>

#include "runtime/destinations/http/delivery_errors.hpp"
#include "runtime/destinations/http/http_delivery.hpp"
#include "runtime/destinations/http/known_values.hpp"
#include "runtime/http/answer_text.hpp"

namespace sluice::destinations {
namespace {

using step = trial::step;

constexpr int conflict = 409;

/// The class of a row's verdict in a list, as if a request for this row alone had got it.
status_class class_of(row_verdict::kind what) {
  if (what == row_verdict::kind::exists) return status_class::exists;
  return what == row_verdict::kind::missing ? status_class::missing : status_class::row;
}

/// A failure to connect never concerns the rows.
bool concerns_rows(const http::http_answer& answer) {
  return answer.status != 0 || answer.failed == http::http_answer::failure::unknown;
}

}  // namespace

// -- answers --------------------------------------------------------------------------------------

void http_delivery::settle(request_plan& plan, flight done, const http::http_answer& answer) {
  const bool cancelled = answer.failed == http::http_answer::failure::cancelled;
  if (cancelled || answer.failed == http::http_answer::failure::futile) {
    setup_.lane.answered(done.of, answer);
    over_ = true;
    if (!cancelled) fail(no_way_to(plan, answer));
  } else if (done.sent.witness) {
    settle_witness(done, answer);
  } else {
    if (setup_.tells_answers) fates_.answer(done.sent.rows, http::whole_words(answer));
    heed(plan, done, answer);
  }
}

void http_delivery::settle_witness(const flight& done, const http::http_answer& answer) {
  delivery_piece as;
  as.rows.resize(witness_.rows);
  const auto meaning = judge_answer(*witness_.plan, as, answer).meaning;
  if (meaning == status_class::delivered) return setup_.lane.succeeded(done.of, answer, false);
  if (meaning != status_class::retry) return setup_.lane.answered(done.of, answer);
  setup_.lane.failed(done.of, answer, 1);
  if (const auto hope = setup_.lane.hope(setup_.stop); hope != traffic::permission::granted)
    end(*witness_.plan, hope);
}

void http_delivery::keep_witness(request_plan& plan, const delivery_piece& sent) {
  const auto op = static_cast<std::size_t>(deltas_[sent.rows.front()].op);
  if (witness_.plan == nullptr && setup_.repeatable[op])
    witness_ = {sent.request, &plan, sent.rows.size()};
}

void http_delivery::want_witness() {
  if (witness_.plan == nullptr) witness_ = setup_.find_witness();
  witness_wanted_ = witness_.plan != nullptr;
}

bool http_delivery::may_renew(const status_judgement& judged, delivery_piece& sent,
                              const http::http_answer& answer) {
  constexpr int of_proxy = 407;
  if (judged.meaning != status_class::credentials || answer.status == of_proxy) return false;
  if (std::exchange(sent.renewed, true)) return false;
  return setup_.client.ended(sent.shown);
}

void http_delivery::heed(request_plan& plan, flight& done, const http::http_answer& answer) {
  auto& sent = done.sent;
  const auto judged = judge_answer(plan, sent, answer);
  switch (judged.meaning) {
    case status_class::delivered:
      plan.has_answered();
      setup_.lane.succeeded(done.of, answer, true, sent.so_far.failures());
      queue_.passed();
      keep_witness(plan, sent);
      accept(plan, sent.rows, answer);
      if (sent.part && sent.rows.size() == 1) setup_.shared.forget(deltas_[sent.rows.front()]);
      return;
    case status_class::row:
    case status_class::exists:
    case status_class::missing: {
      const bool told = judged.said && judged.meaning != status_class::row;
      if (!told && is_at_work(plan, sent, answer)) {
        setup_.lane.answered(done.of, answer);
        const auto due = setup_.lane.next_try(++sent.conflicts);
        return repeat(std::move(sent), due);
      }
      if (denies_address(plan, judged)) {
        setup_.lane.answered(done.of, answer);
      } else {
        plan.has_answered();
        setup_.lane.succeeded(done.of, answer, false);
        queue_.passed();
      }
      return refuse(plan, sent.rows, answer, judged);
    }
    case status_class::retry:
    case status_class::credentials:
    case status_class::road:
      break;
  }
  heed_failure(plan, done, answer, judged);
}

bool http_delivery::is_too_much(const delivery_piece& sent, const http::http_answer& answer) const {
  constexpr int too_many_requests = 429;
  /// After so many times it may be the rows that the API always answers so.
  constexpr std::uint32_t most_overloads = 2;
  return (answer.status == too_many_requests || answer.retry_after) &&
         sent.overloads < most_overloads && setup_.shared.limits().allowed > 1;
}

void http_delivery::heed_failure(const request_plan& plan, flight& done,
                                 const http::http_answer& answer, const status_judgement& judged) {
  auto& sent = done.sent;
  const bool refused = judged.meaning != status_class::retry;
  if (refused && !judged.unless_others_pass) {
    setup_.lane.answered(done.of, answer);
    if (may_renew(judged, sent, answer)) return repeat(std::move(sent), {});
    return fail(refused_for_all(plan, judged.meaning, answer));
  }
  if (!refused && is_too_much(sent, answer)) {
    ++sent.overloads;
    if (may_have_been_applied(answer.status)) fates_.doubt(sent.rows);
    const auto due = setup_.lane.overloaded(done.of, answer);
    repeat(std::move(sent), due);
  } else {
    const auto next = weigh(plan, done, answer, refused);
    // A row counts once, as long as new rows are left to try.
    const bool another = sent.so_far.failures() == 1 || !queue_.has_new();
    if (next != step::convict && refused && another && sent.rows.size() == 1 &&
        !sent.so_far.others_pass() && setup_.shared.refuses_everybody(done.of.number))
      return fail(refused_for_all(plan, judged.meaning, answer));
    take(next, std::move(sent));
    if (next == step::convict) return;
  }
  if (const auto hope = setup_.lane.hope(setup_.stop); hope != traffic::permission::granted)
    end(plan, hope);
}

void http_delivery::take(trial::step next, delivery_piece sent) {
  switch (next) {
    case step::convict:
      return convict(sent);
    case step::again: {
      const auto due = sent.due;
      return repeat(std::move(sent), due);
    }
    case step::divide:
      return queue_.halve(sent.rows);
    case step::later:
      break;
  }
  const bool shown = sent.so_far.others_pass();
  const bool kept_whole = sent.rows.size() > 1;
  queue_.later(std::move(sent));
  // A request that is kept whole would be repeated for as long as an outage may last.
  const bool nothing_else = !queue_.has_new() && under_way_.empty() && repeats_.empty();
  if (!shown && (setup_.last_chance || (kept_whole && nothing_else))) want_witness();
}

bool http_delivery::is_at_work(const request_plan& plan, delivery_piece& sent,
                               const http::http_answer& answer) const {
  if (answer.status != conflict || !plan.has_ids() || !fates_.in_doubt(plan, sent.rows))
    return false;
  if (!sent.conflicting_since) sent.conflicting_since = clock::now();
  const auto patience = std::min(plan.at_work(), setup_.shared.patience() / 2);
  return clock::now() - *sent.conflicting_since < patience;
}

bool http_delivery::denies_address(const request_plan& plan, const status_judgement& judged) {
  return judged.meaning == status_class::missing && !judged.said && !plan.config().per_row &&
         !plan.answers();
}

status_judgement http_delivery::judge_answer(request_plan& plan, const delivery_piece& sent,
                                             const http::http_answer& answer) const {
  if (answer.status == 0) return {status_class::retry};
  if (const auto told = plan.reader().judge(answer, sent.rows.size()))
    return {.meaning = *told, .said = true};
  const auto& request = plan.config();
  return judge(answer.status, request.statuses,
               {.per_row = request.per_row,
                .deletes = request.name == "delete",
                .inserts = request.name == "insert" && (setup_.may_update || setup_.changed),
                .updates = request.name == "update" && (setup_.may_insert || setup_.changed),
                .looks_up = static_cast<bool>(setup_.looked_up),
                .retry_after = answer.retry_after.has_value()});
}

trial::step http_delivery::weigh(const request_plan& plan, flight& done,
                                 const http::http_answer& answer, bool refused) {
  auto& sent = done.sent;
  const bool reached = answer.status == 0 ? answer.failed == http::http_answer::failure::unknown
                                          : may_have_been_applied(answer.status);
  if (reached && !refused) fates_.doubt(sent.rows);
  const auto before = sent.so_far.failures();
  sent.so_far.failed(before > 0 ? setup_.lane.since(sent.failed_at) : trial::others{});
  if (!sent.failing_since) sent.failing_since = clock::now();
  sent.refused = refused;
  sent.words = http::in_words(answer);
  sent.status = answer.status;
  // A row that fails while others pass shows nothing about the API, unless the answer asks for a
  // pause.
  const bool tells = sent.rows.size() > 1 || !sent.so_far.others_pass() || answer.retry_after;
  if (!refused && tells) {
    sent.due = setup_.lane.failed(done.of, answer, before + 1);
  } else {
    setup_.lane.answered(done.of, answer);
    sent.due = setup_.lane.next_try(before + 1);
  }
  sent.failed_at = setup_.lane.now();
  return concerns_rows(answer) ? sent.so_far.next(queue_.circumstances_of(plan, sent))
                               : step::again;
}

void http_delivery::accept(request_plan& plan, const row_list& rows,
                           const http::http_answer& answer) {
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
    fates_.doubt(rows);
    if (told.stray && rows.size() > 1) {
      ++unmatched_;
      return queue_.halve(rows);
    }
    if (!told.stray && reader.lost())
      return fail({errc::destination_failed, "deliver", plan.shown(), why, reader.hint()});
    for (const auto row : rows) fates_.reject(row, why, answer.status);
    return;
  }
  row_list untold;
  std::uint64_t confirmed = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& verdict = told.rows[i];
    if (look_up(rows[i], verdict)) continue;
    if (verdict.what == row_verdict::kind::delivered) {
      fates_.deliver(rows[i]);
      remember(plan, rows[i], verdict.found);
      ++confirmed;
    } else if (verdict.what == row_verdict::kind::unknown) {
      fates_.doubt(rows[i]);
      untold.push_back(rows[i]);
    } else if (!change_kind(plan, rows[i], class_of(verdict.what), verdict.reason)) {
      fates_.reject(rows[i], verdict.reason, answer.status);
    }
  }
  if (confirmed > 0) setup_.confirms(confirmed);
  // Halving finds the row that was meant: at the latest in a request for one row.
  if (rows.size() > 1 && !untold.empty()) {
    ++unmatched_;
    queue_.halve(untold);
  }
}

void http_delivery::refuse(const request_plan& plan, const row_list& rows,
                           const http::http_answer& answer, const status_judgement& judged) {
  if (rows.size() == 1) {
    refuse_alone(plan, rows.front(), answer, judged);
  } else if (setup_.shared.refuses_all(http::in_words(answer))) {
    // Halving would only ask twice as often.
    queue_.one_by_one(rows);
  } else {
    queue_.halve(rows);
  }
}

void http_delivery::refuse_alone(const request_plan& plan, std::uint32_t row,
                                 const http::http_answer& answer, const status_judgement& judged) {
  const auto words = http::in_words(answer);
  if (setup_.may_insert && denies_address(plan, judged)) return hold_back({row, words});
  if (change_kind(plan, row, judged.meaning, words)) {
    if (!plan.config().per_row) setup_.shared.refused(words);
    return;
  }
  // The row may conflict with itself, written by an attempt whose answer was lost.
  if (answer.status == conflict && !setup_.changed && fates_.is_unknown(row)) return;
  setup_.shared.refused(words);
  fates_.reject(row, words, answer.status);
}

// -- fates ----------------------------------------------------------------------------------------

void http_delivery::remember(const request_plan& plan, std::uint32_t row, std::string_view found) {
  const auto& take = plan.config().remember;
  if (take.empty() || deltas_[row].op == operation::erase) return;
  const auto before = deltas_[row].remembered;
  auto text = destinations::remember(before, take, found);
  if (text.empty()) ++forgotten_;
  if (text != before) fates_.remember(row, std::move(text));
}

bool http_delivery::look_up(std::uint32_t row, row_verdict told) {
  const bool answered =
      told.what == row_verdict::kind::delivered || told.what == row_verdict::kind::missing;
  if (!setup_.looked_up || !answered) return false;
  setup_.looked_up(row, std::move(told));
  fates_.deliver(row);
  return true;
}

bool http_delivery::change_kind(const request_plan& plan, std::uint32_t row, status_class what,
                                const std::string& words) {
  const auto op = deltas_[row].op;
  if (what == status_class::missing && look_up(row, {row_verdict::kind::missing, words}))
    return true;
  if (what == status_class::exists || what == status_class::missing) last_misfit_ = what;
  if (what == status_class::missing && op == operation::erase) {
    fates_.deliver(row);
    setup_.confirms(1);
    return true;
  }
  if (what == status_class::exists && op == operation::insert && setup_.may_update) {
    if (fates_.in_doubt(plan, {row})) fates_.doubt(row);
    there_.push_back({row, words});
    return true;
  }
  if (what == status_class::missing && op == operation::update && setup_.may_insert) {
    gone_.push_back({row, words});
    return true;
  }
  return false;
}

void http_delivery::hold_back(misfit suspect) {
  suspect_ = std::move(suspect);
  held_back_ = queue_.take_all();
  if (ready_) repeats_.push_back(*std::exchange(ready_, std::nullopt));
  for (const auto& each : std::exchange(repeats_, {}))
    held_back_.insert(held_back_.end(), each.rows.begin(), each.rows.end());
  std::ranges::sort(held_back_);
}

void http_delivery::convict(const delivery_piece& row) {
  const auto index = row.rows.front();
  setup_.shared.note(deltas_[index], {row.failed_at, true});
  fates_.reject(index, row.words, row.status);
}

}  // namespace sluice::destinations
