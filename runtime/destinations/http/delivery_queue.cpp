#include "runtime/destinations/http/delivery_queue.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::destinations {
namespace {

/// So many requests may fail, without a success, before no new rows are sent: rows sent during an
/// outage are in doubt afterwards.
constexpr std::size_t most_in_vain = 2;
/// After so many further failures of single rows one new request is tried: perhaps only these rows
/// fail.
constexpr std::uint32_t failures_for_one_more = 3;

}  // namespace

delivery_queue::delivery_queue(const batch& deltas, const delivery_setup& setup, row_fates& fates)
    : deltas_(deltas), setup_(setup), fates_(fates) {}

void delivery_queue::add(row_list rows) {
  keep_apart(rows);
  if (!rows.empty()) left_.push_back({std::move(rows)});
}

void delivery_queue::again(row_list rows) { left_.push_back({std::move(rows), 0, true}); }

void delivery_queue::one_by_one(const row_list& rows) {
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) again({*row});
}

void delivery_queue::later(delivery_piece failed) {
  if (failed.rows.size() == 1 && !failed.so_far.others_pass()) ++failed_in_vain_;
  failed.request = {};
  failed.untried = false;
  failed_.push_back(std::move(failed));
}

std::vector<delivery_piece> delivery_queue::take_failed_rows() {
  left_.clear();
  return std::exchange(failed_, {});
}

delivery_queue::row_list delivery_queue::take_all() {
  row_list all;
  const auto take = [&](auto begin, auto end) { all.insert(all.end(), begin, end); };
  for (const auto& some : left_)
    take(some.rows.begin() + static_cast<std::ptrdiff_t>(some.begin), some.rows.end());
  for (const auto& some : failed_) take(some.rows.begin(), some.rows.end());
  left_.clear();
  failed_.clear();
  std::ranges::sort(all);
  return all;
}

void delivery_queue::keep_apart(row_list& rows) {
  if (!setup_.shared.knows_failed_rows()) return;
  std::erase_if(rows, [&](std::uint32_t row) {
    const auto known = setup_.shared.find(deltas_[row]);
    if (!known) return false;
    delivery_piece alone;
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

delivery_queue::turn delivery_queue::next(request_plan& plan, bool idle) {
  expect(!empty(), "choose rows to send", "rows that are not sent");
  if (failed_.empty()) return {build(plan, std::prev(left_.end()))};
  divide_failed(plan, left_.empty() && idle);
  if (left_.empty()) {
    // Single rows, or requests that should not be divided.
    const bool something_to_try =
        setup_.last_chance || std::ranges::any_of(failed_, [](const delivery_piece& p) {
          return p.guilty_before || p.rows.size() > 1;
        });
    if (!something_to_try) return {};
    return take_failed();
  }
  if (in_vain()) {
    if (!may_go_on()) return take_failed();
    look_elsewhere();
    return {build(plan, left_.begin())};
  }
  const auto now = clock::now();
  const bool one_is_due = std::ranges::any_of(
      failed_, [&](const delivery_piece& p) { return !p.untried && p.due <= now; });
  if (one_is_due) return take_failed();
  return {build(plan, std::prev(left_.end()))};
}

std::optional<delivery_piece> delivery_queue::build(request_plan& plan, work_list::iterator from) {
  auto built = plan.build(deltas_, std::span(from->rows).subspan(from->begin));
  from->begin += built.consumed;
  delivery_piece out;
  out.rows = std::move(built.rows);
  out.request = std::make_shared<const http::http_request>(std::move(built.request));
  out.part = from->part;
  if (from->begin == from->rows.size()) left_.erase(from);
  for (auto& row : built.unsendable) fates_.reject(row.index, std::move(row.reason), 0);
  if (out.rows.empty()) return std::nullopt;
  return out;
}

void delivery_queue::look_elsewhere() {
  auto& far = left_.front();
  const auto begin = far.rows.begin() + static_cast<std::ptrdiff_t>(far.begin);
  const auto middle = begin + std::distance(begin, far.rows.end()) / 2;
  if (begin == middle) return;
  work near{{begin, middle}, 0, far.part};
  far.rows.erase(far.rows.begin(), middle);
  far.begin = 0;
  left_.insert(std::next(left_.begin()), std::move(near));
}

delivery_queue::turn delivery_queue::take_failed() {
  const auto first = std::ranges::min_element(failed_, {}, &delivery_piece::due);
  // While single requests probe the API, the wait for the next probe is enough.
  if (!setup_.shared.failing() && clock::now() < first->due) return {std::nullopt, first->due};
  auto out = std::move(*first);
  failed_.erase(first);
  return {std::move(out)};
}

bool delivery_queue::is_open(const delivery_piece& failed) const {
  return !failed.untried && !failed.so_far.others_pass() &&
         !setup_.lane.since(failed.failed_at).passed;
}

bool delivery_queue::in_vain() const {
  return std::ranges::any_of(failed_, [&](const delivery_piece& p) { return is_open(p); });
}

bool delivery_queue::may_go_on() const {
  // A refused row is not in doubt, and refusals are limited elsewhere.
  const auto failed = std::ranges::count_if(
      failed_, [&](const delivery_piece& p) { return is_open(p) && !p.refused; });
  return static_cast<std::size_t>(failed) <
         most_in_vain + failed_in_vain_ / failures_for_one_more + setup_.shared.benefit_of_doubt();
}

void delivery_queue::divide_failed(const request_plan& plan, bool idle) {
  std::erase_if(failed_, [&](const delivery_piece& p) {
    if (p.rows.size() == 1) return false;
    const bool alone = idle && !circumstances_of(plan, p).keep_whole;
    if (!alone && !setup_.lane.since(p.failed_at).passed) return false;
    halve(p.rows);
    return true;
  });
}

trial::circumstances delivery_queue::circumstances_of(const request_plan& plan,
                                                      const delivery_piece& sent) const {
  const auto failing_for =
      sent.failing_since ? clock::now() - *sent.failing_since : clock::duration{0};
  const bool half_overdue = failing_for > setup_.shared.patience() / 2;
  return {.rows = sent.rows.size(),
          .refused = sent.refused,
          .part = sent.part,
          .others_wait = !failed_.empty(),
          .keep_whole = setup_.has_ids && fates_.in_doubt(plan, sent.rows) && !half_overdue,
          .guilty_before = sent.guilty_before,
          .last = setup_.last_chance,
          .overdue = failing_for > setup_.shared.patience(),
          .failure_rate = setup_.shared.failure_rate()};
}

void delivery_queue::halve(const row_list& rows) {
  const auto middle = std::next(rows.begin(), static_cast<std::ptrdiff_t>(rows.size() / 2));
  again({middle, rows.end()});
  if (middle != rows.begin()) again({rows.begin(), middle});
}

}  // namespace sluice::destinations
