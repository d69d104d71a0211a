#include "actors/run/put_aside.hpp"

#include <utility>

namespace sluice::actors {

std::uint64_t put_aside::take_from(const batch& deltas, batch_outcome& outcome) {
  std::uint64_t taken = 0;
  std::erase_if(outcome.rejections, [&](rejection& r) {
    auto& became = outcome.fates[r.index];
    if (!r.unproven && (!r.again || became != fate::rejected)) return false;
    if (rows_.size() >= most_rows || rows_.bytes() >= most_bytes) {
      if (became == fate::undelivered) became = fate::rejected;
      return false;
    }
    const auto delta = deltas[r.index];
    fates_.push_back(became);
    if (became == fate::rejected) became = fate::undelivered;
    why_.push_back({static_cast<std::uint32_t>(rows_.size()), std::move(r.reason), r.status, false,
                    r.unproven});
    rows_.append(delta.op, delta.key_hash, delta.fingerprint, delta.key, delta.row, delta.delivery);
    ++taken;
    return true;
  });
  return taken;
}

batch put_aside::take() {
  why_.clear();
  fates_.clear();
  return std::exchange(rows_, {});
}

batch put_aside::take_rejected(batch_outcome& outcome) {
  outcome.fates = std::exchange(fates_, {});
  outcome.rejections = std::exchange(why_, {});
  std::erase_if(outcome.rejections, [](const rejection& r) { return r.unproven; });
  return std::exchange(rows_, {});
}

}  // namespace sluice::actors
