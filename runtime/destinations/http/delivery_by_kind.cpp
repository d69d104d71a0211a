#include "runtime/destinations/http/delivery_by_kind.hpp"

#include <algorithm>
#include <utility>

#include "runtime/destinations/http/delivery_errors.hpp"

namespace sluice::destinations {
namespace {

using row_list = row_fates::row_list;

/// The setup for rows that were first sent by a request of the other kind.
delivery_setup setup_for_changed(delivery_setup setup) {
  setup.may_insert = setup.may_update = false;
  setup.changed = true;
  return setup;
}

}  // namespace

delivery_by_kind::delivery_by_kind(const batch& deltas, const api_requests& requests,
                                   const delivery_setup& setup, row_list without)
    : deltas_(deltas), requests_(requests), setup_(setup), without_(std::move(without)) {}

batch_outcome delivery_by_kind::deliver() {
  http_delivery all(deltas_, setup_);
  // A key occurs once in a batch, so operations may be sent in any order.
  for (std::size_t i = 0; i < requests_.all.size(); ++i) {
    if (requests_.all[i] == nullptr) continue;
    row_list rows;
    rows.reserve(deltas_.size());
    for (std::uint32_t row = 0; row < deltas_.size(); ++row) {
      if (requests_.for_operation[static_cast<std::size_t>(deltas_[row].op)] == i &&
          !std::ranges::binary_search(without_, row))
        rows.push_back(row);
    }
    while (!rows.empty()) {
      all.deliver(*requests_.all[i], std::exchange(rows, {}));
      if (const auto suspect = all.take_suspect()) {
        examine(*suspect, all);
        rows = all.take_held_back();
      }
    }
  }
  auto there = all.take_there();
  auto gone = all.take_gone();
  unmatched_ += all.unmatched();
  forgotten_ += all.forgotten();
  lacked_rows_ += all.lacked_rows();
  auto outcome = all.take_outcome();
  for (auto& each : examined_) each.rows.tell(std::move(each.outcome), outcome);
  for (auto [to, rows] : {std::pair{operation::update, &there}, {operation::insert, &gone}}) {
    if (rows->empty() || outcome.failed) continue;
    auto changed = deliver_as(to, std::move(*rows), outcome);
    changed.rows.tell(std::move(changed.outcome), outcome);
  }
  return outcome;
}

delivery_by_kind::change delivery_by_kind::deliver_as(operation to, std::vector<misfit> rows,
                                                      const batch_outcome& before) {
  changed_kind changed(deltas_, std::move(rows), to);
  const auto in_doubt = changed.in_doubt(before);
  return deliver_as(to, std::move(changed), in_doubt, setup_for_changed(setup_));
}

delivery_by_kind::change delivery_by_kind::deliver_as(operation to, changed_kind rows,
                                                      const row_list& in_doubt,
                                                      const delivery_setup& setup) {
  http_delivery delivery(rows.deltas(), setup);
  delivery.presume_in_doubt(in_doubt);
  delivery.deliver(*requests_.of(to), rows.all());
  unmatched_ += delivery.unmatched();
  forgotten_ += delivery.forgotten();
  lacked_rows_ += delivery.lacked_rows();
  const auto misfit = delivery.last_misfit();
  return {std::move(rows), delivery.take_outcome(), misfit};
}

void delivery_by_kind::examine(const misfit& suspect, http_delivery& all) {
  const auto in_doubt = all.is_in_doubt(suspect.row) ? row_list{0} : row_list{};
  auto inserted = deliver_as(operation::insert, changed_kind(deltas_, {suspect}, operation::insert),
                             in_doubt, setup_for_changed(setup_));
  const bool is_there =
      inserted.outcome.fates.front() == fate::delivered || inserted.misfit == status_class::exists;
  if (is_there) update_examined(inserted, suspect, all);
  if (inserted.outcome.failed) all.fail(inserted.outcome.failed);
  examined_.push_back(std::move(inserted));
}

void delivery_by_kind::update_examined(change& inserted, const misfit& suspect,
                                       http_delivery& all) {
  auto& outcome = inserted.outcome;
  const bool delivered = outcome.fates.front() == fate::delivered;
  auto setup = setup_for_changed(setup_);
  if (delivered) setup.confirms = [](std::uint64_t) {};  // the insert has counted it
  const misfit found{0, delivered ? suspect.words : outcome.rejections.front().reason};
  const auto in_doubt = outcome.fates.front() == fate::unknown ? row_list{0} : row_list{};
  auto updated =
      deliver_as(operation::update,
                 changed_kind(inserted.rows.deltas(), {found}, operation::update), in_doubt, setup);
  const bool missing = updated.misfit == status_class::missing;
  contradictions_ = missing ? contradictions_ + 1 : 0;
  if (delivered) {
    if (!outcome.failed) outcome.failed = std::move(updated.outcome.failed);
  } else {
    outcome.rejections.clear();
    if (outcome.fates.front() == fate::rejected) outcome.fates.front() = fate::undelivered;
    updated.rows.tell(std::move(updated.outcome), outcome);
  }
  if (missing && (delivered || contradictions_ >= most_contradictions))
    all.fail(
        no_such_address(*requests_.of(operation::update),
                        suspect.words + (delivered ? ", to a row that was inserted just now"
                                                   : ", to rows that the inserts say are there")));
}

}  // namespace sluice::destinations
