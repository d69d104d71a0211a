// What the actors of a connection need from the runtime. The node fills it in; tests put doubles
// here for faults that real parts do not produce on demand.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <semaphore>
#include <stop_token>
#include <string>

#include "actors/run/hung_threads.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/metrics/activity.hpp"
#include "runtime/rowlog/row_log.hpp"
#include "runtime/source/model_reader.hpp"

namespace sluice::actors {

/// Bounds the previews that a node makes at a time: each blocks a thread and reads a database.
using preview_permits = std::counting_semaphore<>;
inline constexpr std::ptrdiff_t max_previews = 4;

/// One of the permits, which goes back by itself; null if there is none.
inline std::shared_ptr<void> take(const std::shared_ptr<preview_permits>& from) {
  if (!from->try_acquire()) return nullptr;
  return {from.get(), [from](void*) { from->release(); }};
}

/// Shared by the actors of one connection; every function may be called from any thread.
struct run_services {
  config::connection_config config;
  std::string node;  ///< name of the node, for status
  log::logger log;   ///< for lines about the connection

  std::function<std::unique_ptr<source::model_reader>(std::stop_token)> open_model = {};
  std::function<std::shared_ptr<ledger::ledger>(const std::stop_token&)> open_ledger = {};
  /// The ledger as it is now, a run's or the files; changes nothing.
  std::function<ledger::glimpse(const std::stop_token&)> look_at_ledger = {};
  /// Sets the ledger aside. REQUIRES: no run is active.
  std::function<void()> forget_ledger = {};
  destinations::destination_factory make_destination = {};
  std::function<timestamp()> now = {};
  std::function<std::string()> new_run_id = {};
  /// Told of every run that ended or was skipped, by the supervisor's thread: neither blocks nor
  /// throws.
  std::function<void(const run_ended&)> announce = [](const run_ended&) {};
  std::filesystem::path scratch_dir;  ///< for unlinked temporary files

  /// Readers and writers block, so each has a thread of its own; tests on virtual time switch it
  /// off.
  bool own_threads = true;

  /// The row log of a run; empty if the connection keeps none.
  std::function<std::shared_ptr<rowlog::row_log>(const std::string& run)> make_row_log = {};

  /// Where the row log of a run is, if it has one.
  std::function<std::filesystem::path(const std::string& run)> row_log_file = {};

  /// What the time of the runs goes to.
  std::shared_ptr<metrics::activity> activity = std::make_shared<metrics::activity>();
  std::shared_ptr<preview_permits> previews = std::make_shared<preview_permits>(max_previews);
  /// The node's threads that hang, those of this connection among them.
  std::shared_ptr<hung_threads> hung = std::make_shared<hung_threads>();
};

}  // namespace sluice::actors
