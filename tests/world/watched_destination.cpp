#include "tests/world/watched_destination.hpp"

#include <utility>

namespace sluice::test {
namespace {

/// The deltas of `all` from `begin` to `end`.
batch part_of(const batch& all, std::size_t begin, std::size_t end) {
  batch out(all.number());
  for (auto i = begin; i < end; ++i) {
    const auto d = all[i];
    out.append(d.op, d.key_hash, d.fingerprint, d.key, d.row, d.delivery);
  }
  return out;
}

class watched_destination final : public destinations::destination {
 public:
  watched_destination(std::unique_ptr<destinations::destination> way, watch& by)
      : way_(std::move(way)), by_(by) {}

  void open(const destinations::delivery_context& context, std::stop_token stop) override {
    way_->open(context, std::move(stop));
  }
  [[nodiscard]] identity_rule identity() const override { return way_->identity(); }
  batch_outcome deliver(const batch& deltas) override {
    return deliver(deltas, &destinations::destination::deliver);
  }
  batch_outcome deliver_again(const batch& deltas) override {
    return deliver(deltas, &destinations::destination::deliver_again);
  }
  void probe(const destinations::delivery_context& context, std::stop_token stop) override {
    way_->probe(context, std::move(stop));
  }
  [[nodiscard]] std::vector<std::string> warnings() const override { return way_->warnings(); }

 private:
  using method = batch_outcome (destinations::destination::*)(const batch&);

  batch_outcome deliver(const batch& deltas, method how) {
    if (!by_.alive())
      throw failure(errc::destination_failed, "deliver", "world", "whoever delivers is dead");
    ++by_.deliveries;
    const bool again = how == &destinations::destination::deliver_again;
    for (std::size_t i = 0; i < deltas.size(); ++i)
      by_.seen.asked(row_of(deltas[i]), deltas[i], again);
    auto outcome = in_weather(deltas, how);
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      by_.seen.told(row_of(deltas[i]), deltas[i], outcome.fates.at(i));
      by_.older.told(row_of(deltas[i]), deltas[i].op, outcome.fates.at(i));
    }
    return outcome;
  }

  batch_outcome in_weather(const batch& deltas, method how) {
    if (by_.plan.target == target_kind::api) return (way_.get()->*how)(deltas);
    auto chance = by_.now.next();
    if (!chance.chance(by_.now.percent)) return (way_.get()->*how)(deltas);
    batch_outcome outcome;
    switch (chance.below(4)) {
      case 0:
        throw failure(errc::destination_failed, "deliver", "world", "told to refuse");
      case 1:
        // Carried out, and the answer was lost.
        outcome = (way_.get()->*how)(deltas);
        for (auto& one : outcome.fates)
          if (one == fate::delivered) one = fate::unknown;
        return outcome;
      case 2:
        outcome.fates.assign(deltas.size(), fate::unknown);
        return outcome;
      default:
        if (deltas.size() > 1) outcome = (way_.get()->*how)(part_of(deltas, 0, deltas.size() / 2));
        outcome.fates.resize(deltas.size(), fate::undelivered);
        return outcome;
    }
  }

  [[nodiscard]] std::string row_of(const delta_view& d) const {
    return row_of_key(by_.plan.how, d.key);
  }

  std::unique_ptr<destinations::destination> way_;
  watch& by_;
};

}  // namespace

std::unique_ptr<destinations::destination> watched(std::unique_ptr<destinations::destination> way,
                                                   watch& by) {
  return std::make_unique<watched_destination>(std::move(way), by);
}

}  // namespace sluice::test
