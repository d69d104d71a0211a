#include "runtime/diff/router.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"

namespace sluice::diff {

router::router(routing how) : how_(how), lanes_(how.writers), by_writer_(how.writers) {
  expect(how.writers > 0 && how.batch_rows > row_count{}, "route deltas",
         "at least one writer, and one row in a batch");
  for (auto& to : lanes_) to.open.deltas = batch(to.last_number = 1);
}

void router::add(operation op, const hash128& key_hash, const hash128& fingerprint,
                 std::string_view key, std::string_view row, const hash128& delivery) {
  expect(!full(), "route deltas", "room for one more");
  added_ = row_count(added_.number() + 1);
  // By `low`, because the ledger sorts by `high`: so each of its pages has keys of all writers.
  auto& to = lanes_[key_hash.low % lanes_.size()];
  to.open.deltas.append(op, key_hash, fingerprint, key, row, delivery);
  ++to.open.counts[static_cast<std::size_t>(op)];
  if (row_count(to.open.deltas.size()) >= how_.batch_rows ||
      byte_count(to.open.deltas.bytes()) >= how_.batch_bytes)
    complete(to);
}

std::size_t router::room(std::size_t most) const {
  if (how_.most == row_count{}) return most;
  return std::min<std::size_t>(most, how_.most.number() - added_.number());
}

void router::complete_all() {
  for (auto& to : lanes_)
    if (!to.open.deltas.empty()) complete(to);
}

std::size_t router::waiting(std::size_t writer) const {
  expect(writer < lanes_.size(), "route deltas", "one of the run's writers");
  return lanes_[writer].complete.size();
}

std::optional<batch> router::take(std::size_t writer) {
  expect(writer < lanes_.size(), "route deltas", "one of the run's writers");
  auto& from = lanes_[writer].complete;
  if (from.empty()) return std::nullopt;
  auto taken = std::move(from.front());
  from.pop_front();
  --waiting_;
  for (std::size_t i = 0; i < taken_.size(); ++i) taken_[i] += taken.counts[i];
  by_writer_[writer] += taken.deltas.size();
  return std::move(taken.deltas);
}

std::uint64_t router::taken(operation op) const { return taken_[static_cast<std::size_t>(op)]; }

void router::complete(lane& to) {
  to.complete.push_back(std::exchange(to.open, {batch(++to.last_number), {}}));
  ++waiting_;
}

}  // namespace sluice::diff
