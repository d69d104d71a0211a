// Names of deliveries: what an API that remembers requests tells them apart by.
#pragma once

#include <cstdint>

#include "messages/delta.hpp"
#include "messages/hash128.hpp"

namespace sluice {

/// Of `high` of a name: another delivery of the key was in doubt when this one was named.
inline constexpr std::uint64_t follows_doubt = std::uint64_t{1} << 63;

/// The name of a delta of one key: `high` says in which run it was first handed over, `low` what it
/// is. A delta that is offered again because nobody knows what became of it keeps its name, so that
/// an API can see that it has carried it out already; a later delta of the same values is another
/// delivery, for in between the row had others. `run`: a hash of the run's id.
[[nodiscard]] constexpr hash128 delivery_name(std::uint64_t run, operation op,
                                              const hash128& fingerprint) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
  return {run & ~follows_doubt, fingerprint.low ^ ((static_cast<std::uint64_t>(op) + 1) * odd)};
}

/// The same for a key of which `in_doubt` is the delivery that is in doubt; zero if there is none,
/// or none that has a name.
[[nodiscard]] constexpr hash128 delivery_name(std::uint64_t run, operation op,
                                              const hash128& fingerprint, const hash128& in_doubt) {
  auto name = delivery_name(run, op, fingerprint);
  if (in_doubt == hash128{}) return name;
  if (in_doubt.low == name.low) return in_doubt;
  name.high |= follows_doubt;
  return name;
}

/// The name of what is delivered in the place of `name`: the row was to be inserted and is there,
/// or was to be updated and is not. It lasts as long as that one does, and may be replaced in turn.
/// Zero where there is none.
[[nodiscard]] constexpr hash128 delivery_name_instead(const hash128& name) {
  constexpr std::uint64_t odd = 0xd1b54a32d192ed03u;
  return name == hash128{} ? name : hash128{name.high, name.low * odd + 1};
}

/// Whether the delivery of this name was first handed over by another run.
[[nodiscard]] constexpr bool is_of_other_run(const hash128& name, std::uint64_t run) {
  return name != hash128{} && ((name.high ^ run) & ~follows_doubt) != 0;
}

}  // namespace sluice
