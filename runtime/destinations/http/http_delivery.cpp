#include "runtime/destinations/http/http_delivery.hpp"

#include <algorithm>
#include <utility>

#include "runtime/destinations/http/delivery_errors.hpp"

namespace sluice::destinations {

http_delivery::http_delivery(const batch& deltas, const delivery_setup& setup)
    : deltas_(deltas), setup_(setup), fates_(deltas), queue_(deltas_, setup_, fates_) {}

http_delivery::~http_delivery() {
  if (under_way_.empty()) return;
  // Something was thrown. Other writers may wait for the places of these requests.
  setup_.client.break_off();
  for (const auto& [number, each] : under_way_) setup_.lane.answered(each.of, {});
}

void http_delivery::deliver(request_plan& plan, row_list rows) {
  if (over_) return;
  const std::stop_callback wake(setup_.stop, [this] { setup_.client.wake(); });
  queue_.add(std::move(rows));
  for (;;) {
    if (setup_.stop.stop_requested()) stop(plan);
    start(plan);
    const bool something_waits = ready_ || again_ != clock::time_point::max();
    if (under_way_.empty() && (over_ || !something_waits)) break;
    note_lack();
    wait(plan);
  }
  if (const auto since = std::exchange(lacks_rows_since_, {}))
    lacked_rows_ += clock::now() - *since;
  setup_.lane.rest();
  put_aside();
}

// -- sending --------------------------------------------------------------------------------------

void http_delivery::start(request_plan& plan) {
  again_ = clock::time_point::max();
  blocked_ = {.granted = {}};
  while (!over_) {
    if (!ready_ && !choose(plan)) return;
    blocked_ = setup_.lane.ask(std::max<std::size_t>(ready_->rows.size(), 1), setup_.stop);
    if (blocked_.may != traffic::permission::granted) return end(plan, blocked_.may);
    if (!blocked_.granted || !begin(*blocked_.granted)) return;
  }
}

void http_delivery::note_lack() {
  if (over_ || ready_ || !queue_.empty() || lacks_rows_since_) return;
  const auto limits = setup_.shared.limits();
  if (limits.under_way < limits.allowed) lacks_rows_since_ = clock::now();
}

bool http_delivery::one_by_one(request_plan& plan) const {
  return setup_.last_chance || !plan.answers() || plan.reader().doubtful();
}

bool http_delivery::choose(request_plan& plan) {
  again_ = clock::time_point::max();
  if (!under_way_.empty() && one_by_one(plan)) return false;
  if (std::exchange(witness_wanted_, false)) {
    ready_.emplace();
    ready_->witness = true;
    ready_->request = witness_.request;
    return true;
  }
  if (!repeats_.empty()) {
    const auto first = std::ranges::min_element(repeats_, {}, &delivery_piece::due);
    if (first->due <= clock::now()) {
      ready_ = std::move(*first);
      repeats_.erase(first);
      return true;
    }
    again_ = first->due;
    // Rows that are sent during an outage are in doubt afterwards.
    if (setup_.shared.failures_in_a_row() > setup_.shared.benefit_of_doubt()) return false;
  }
  return choose_from_queue(plan, under_way_.empty() && repeats_.empty());
}

bool http_delivery::choose_from_queue(request_plan& plan, bool idle) {
  while (!queue_.empty()) {
    auto turn = queue_.next(plan, idle);
    if (turn.sent) {
      if (!render(plan, *turn.sent)) continue;
      ready_ = std::move(turn.sent);
      return true;
    }
    again_ = std::min(again_, turn.again);
    if (turn.again != clock::time_point::max() || !queue_.has_new()) return false;
  }
  return false;
}

bool http_delivery::render(request_plan& plan, delivery_piece& sent) {
  if (sent.request) return true;
  auto built = plan.build(deltas_, sent.rows);
  sent.request = std::make_shared<const http::http_request>(std::move(built.request));
  if (built.rows.size() == sent.rows.size()) return true;
  queue_.again(std::move(sent.rows));  // earlier the request fitted; the rows are kept in any case
  return false;
}

bool http_delivery::begin(const ticket& with) {
  const auto at = under_way_.emplace(with.number, flight{*std::move(ready_), with}).first;
  ready_.reset();
  auto& begun = at->second;
  std::optional<authorized_client::shown> shown;
  try {
    shown = setup_.client.begin(with.number, begun.sent.request, setup_.stop);
  } catch (const failure& f) {  // other rows of the batch may have been delivered
    setup_.lane.unused(begun.of);
    under_way_.erase(at);
    over_ = true;
    if (f.info().code != errc::cancelled) fail(f.info());
    return false;
  }
  if (shown) {
    begun.sent.shown = *shown;
    return true;
  }
  setup_.lane.unused(begun.of);
  ready_ = std::move(begun.sent);
  under_way_.erase(at);
  return false;
}

void http_delivery::wait(request_plan& plan) {
  std::optional<metrics::busy_time::interval> counted;
  auto until = clock::time_point::max();
  if (!over_) {
    until = again_;
    if (ready_) until = std::min(until, blocked_.again);
    if (ready_ && blocked_.waits_for != nullptr) counted.emplace(*blocked_.waits_for);
    if (!ready_ && under_way_.empty()) counted.emplace(setup_.shared.wait_for_retry());
  }
  const bool may_give_up = !over_ && (ready_ || until != clock::time_point::max());
  if (const auto limit = setup_.lane.gives_up_at(); may_give_up && limit)
    until = std::min(until, *limit);
  auto ended = setup_.client.wait(until);
  for (auto& each : ended) {
    const auto found = under_way_.find(each.number);
    if (found == under_way_.end()) continue;
    auto done = std::move(found->second);
    under_way_.erase(found);
    settle(plan, std::move(done), each.answer);
  }
  if (!ended.empty() || !may_give_up || over_) return;
  if (const auto hope = setup_.lane.hope(setup_.stop); hope != traffic::permission::granted)
    end(plan, hope);
}

void http_delivery::stop(request_plan& plan) {
  over_ = true;
  for (auto& each : setup_.client.cancel_unsent()) {
    const auto found = under_way_.find(each.number);
    if (found == under_way_.end()) continue;
    auto done = std::move(found->second);
    under_way_.erase(found);
    settle(plan, std::move(done), each.answer);
  }
}

void http_delivery::repeat(delivery_piece sent, clock::time_point due) {
  sent.due = due;
  repeats_.push_back(std::move(sent));
}

// -- the end --------------------------------------------------------------------------------------

void http_delivery::put_aside() {
  for (const auto& failed : queue_.take_failed_rows()) {
    if (over_) continue;
    const auto row = failed.rows.front();
    setup_.shared.note(deltas_[row], {failed.failed_at, failed.guilty_before});
    fates_.put_aside(row, failed.words, failed.status);
  }
}

void http_delivery::end(const request_plan& plan, traffic::permission why) {
  over_ = true;
  if (why != traffic::permission::gave_up) return;
  fates_.ask_again_at(setup_.shared.ask_again_at());
  fail(given_up(plan, setup_.shared));
}

void http_delivery::fail(error why) {
  over_ = true;
  fates_.fail(std::move(why));
}

}  // namespace sluice::destinations
