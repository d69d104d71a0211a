// Names of deliveries: what an API that remembers requests tells them apart by.
#pragma once

#include <cstdint>

#include "messages/batch.hpp"
#include "messages/hash128.hpp"

namespace sluice {

/// The name of a delta of one key: `high` says in which run it was first handed over, `low` what it
/// is. A delta that is offered again because nobody knows what became of it keeps its name, so that
/// an API can see that it has carried it out already; a later delta of the same values is another
/// delivery, for in between the row had others. `run`: a hash of the run's id, not zero.
[[nodiscard]] constexpr hash128 delivery_name(std::uint64_t run, operation op,
                                              const hash128& fingerprint) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
  return {run, fingerprint.low ^ ((static_cast<std::uint64_t>(op) + 1) * odd)};
}

/// The same for a key of which `in_doubt` is the delivery that is in doubt; zero if there is none,
/// or none that has a name.
[[nodiscard]] constexpr hash128 delivery_name(std::uint64_t run, operation op,
                                              const hash128& fingerprint, const hash128& in_doubt) {
  const auto name = delivery_name(run, op, fingerprint);
  return in_doubt.high != 0 && in_doubt.low == name.low ? in_doubt : name;
}

}  // namespace sluice
