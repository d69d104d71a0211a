// What happens in one world, as data: so that it can be made from a number, told, and cut down to
// what a failure needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "tests/world/key_dress.hpp"

namespace sluice::test {

enum class target_kind : std::uint8_t {
  shelf,  ///< rows in memory, told apart in any way, in every mode
  lines,  ///< a file of JSON lines
  table,  ///< a real table of SQLite, PostgreSQL or MariaDB
  api,    ///< real HTTP, of of one of the shapes of api.cpp
};

/// A connection as it is configured first.
struct connection_plan {
  target_kind target = target_kind::shelf;
  std::uint32_t shape = 0;  ///< of a table or an API: which one of the pool
  key_family keys = key_family::numbers;
  telling_apart how = telling_apart::by_number;
  std::vector<unsigned> dresses = {0};  ///< the types that the key column may have
  sync_mode mode = sync_mode::mirror;
  bool marks = false;     ///< deletes set a field
  bool poisoned = false;  ///< the target never takes the value `c`
  std::uint32_t rows = 20;
  std::uint32_t writers = 1;
  std::uint32_t batch_rows = 1;
  std::uint32_t window = 1;
  bool often_merged = false;        ///< its ledger spills and merges at every occasion
  std::uint32_t every_minutes = 0;  ///< its schedule; 0: none
  bool digests = false;             ///< its changes are detected by digests, at first
};

/// One thing that happens.
enum class act : std::uint8_t {
  edit,         ///< rows of a source are changed, added, removed
  respell,      ///< keys of a source are written otherwise
  retype,       ///< the key column of a source becomes another type
  meddle,       ///< somebody else changes a row at a destination
  sync,         ///< a run from its beginning to its end, in fair weather
  full_sync,    ///< the same in a new epoch
  rough_sync,   ///< a run of whose deliveries `amount` of a hundred fail
  torn_sync,    ///< the source fails behind row `amount`
  begin,        ///< a run begins, and gets as far as `amount` moments
  go_on,        ///< all that runs gets on by `amount` moments
  stop,         ///< a run is stopped
  stop_now,     ///< a run is stopped without a drain
  kill,         ///< the node is killed between two messages
  kill_within,  ///< the node dies within the `amount`-th next system call; what it wrote stays
  lose_power,   ///< the same, and what was not synced is gone, or a part of it
  fail_disk,    ///< a system call of the next run fails
  restart,      ///< the node is shut down in peace, and starts again
  copy_state,   ///< the same, and a copy of its state is kept
  restore,      ///< the node starts again, with the copy of a ledger, of the catalog or of all
  hang,         ///< a reader or writer is stuck in its driver, for good if nobody releases it
  release,      ///< whoever hung goes on
  pass_time,    ///< `amount` minutes
  set_clock,    ///< the wall clock jumps
  reload,       ///< the configuration changes
  disable,      ///< a connection is disabled, or enabled again
};
inline constexpr auto last_act = act::disable;

[[nodiscard]] std::string_view to_string(act what);

/// `salt` draws the details: what one step draws does not depend on the steps before it.
struct step {
  act what = act::edit;
  std::uint32_t connection = 0;
  std::uint32_t amount = 0;
  std::uint64_t salt = 0;
};

struct story {
  std::uint64_t seed = 0;
  std::vector<connection_plan> connections;
  std::vector<step> steps;
};

/// The story of a seed.
[[nodiscard]] story invent(std::uint64_t seed);
/// Its connections, a line each.
[[nodiscard]] std::string describe(const story& told);

}  // namespace sluice::test
