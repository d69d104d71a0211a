// Reads a page of a row log and goes. Detached: it blocks in the file system.
#pragma once

#include "actors/common/protocol.hpp"
#include "actors/run/run_services.hpp"

namespace sluice::actors {

/// How many pages of a connection are read at a time: each blocks a thread.
inline constexpr std::uint32_t max_row_log_readers = 4;

/// A page of the row log of `run`, or why there is none.
row_log_reader_actor::behavior_type row_log_reader(
    row_log_reader_actor::pointer self, const std::shared_ptr<const run_services>& services);

}  // namespace sluice::actors
