// Names of deliveries: by these an API that remembers requests tells them apart.
#pragma once

#include <cstdint>

#include "messages/delta.hpp"
#include "messages/hash128.hpp"

namespace sluice {

/// A bit of `high` of a name: another delivery of the key was in doubt when this one was named.
inline constexpr std::uint64_t follows_doubt = std::uint64_t{1} << 63;

/// The name of a delta of one key: `high` says in which run the delta was first handed over, `low`
/// its operation and values. A delta that is offered again because its outcome is unknown keeps its
/// name, so that an API can see that it has carried out this delivery already; a later delta of the
/// same values is another delivery, since the row had other values in between. `run`: a hash of the
/// run's id.
[[nodiscard]] constexpr hash128 delivery_name(std::uint64_t run, operation op,
                                              const hash128& fingerprint) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
  return {run & ~follows_doubt, fingerprint.low ^ ((static_cast<std::uint64_t>(op) + 1) * odd)};
}

/// The same for a key of which the delivery named `in_doubt` is in doubt; zero if none is, or none
/// that has a name.
[[nodiscard]] constexpr hash128 delivery_name_after(const hash128& in_doubt, std::uint64_t run,
                                                    operation op, const hash128& fingerprint) {
  auto name = delivery_name(run, op, fingerprint);
  if (in_doubt == hash128{}) return name;
  if (in_doubt.low == name.low) return in_doubt;
  name.high |= follows_doubt;
  return name;
}

/// The name of what is delivered in the place of `name`: the row was to be inserted and is there,
/// or was to be updated and is not. The name lasts as long as `name` does, and may be replaced in
/// turn. Zero where there is none.
[[nodiscard]] constexpr hash128 delivery_name_instead(const hash128& name) {
  constexpr std::uint64_t odd = 0xd1b54a32d192ed03u;
  return name == hash128{} ? name : hash128{name.high, name.low * odd + 1};
}

/// Whether the delivery of this name was first handed over by another run.
[[nodiscard]] constexpr bool is_of_other_run(const hash128& name, std::uint64_t run) {
  return name != hash128{} && ((name.high ^ run) & ~follows_doubt) != 0;
}

}  // namespace sluice
