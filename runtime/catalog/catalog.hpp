// What outlives a node beside the ledgers: the state of every connection, its runs and its rejected
// rows, in `<state_dir>/catalog.sqlite`. The tables are in schema.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/catalog/database.hpp"
#include "runtime/catalog/pruning.hpp"

namespace sluice::catalog {

/// Bounds on what is kept.
struct limits {
  /// Rejected rows listed per connection; further ones are only counted.
  std::size_t rejected_rows = 10'000;
  /// What `prune` leaves.
  retention keep = {};
  /// What else goes with a run that `prune` forgets; nothing, unless said.
  file_remover remove_files = [](const std::string&, const std::string&) { return error{}; };
};

/// One thread at a time, and one process: the state directory is locked by its node. Everything
/// that a function recorded is durable when it returns. Errors are `failure` (catalog_failed) with
/// the file, the cause and a hint; nothing of what the function was to record is recorded then.
class catalog {
 public:
  /// Opens the catalog in `state_dir`, or creates it, and brings it to the present version. Runs
  /// that had not ended died with their node: they are closed as `interrupted`, finished `now`,
  /// with the counts last recorded; deltas that had no fate by then count as undelivered. What
  /// their next run will be was recorded when they were opened.
  catalog(const std::filesystem::path& state_dir, timestamp now, limits bounds = {});

  /// Every connection that was ever recorded, sorted by name; also those no longer configured.
  std::vector<connection_entry> load_all();
  /// One of them; nothing but the name if it was never recorded.
  connection_entry load(const connection_name& connection);

  /// Records a new run, and what the next one will be if the node dies during this one.
  void open_run(const run_record& run, const connection_memory& memory);

  /// Records an active run as it is now, and what the next one will be if the node dies. Does
  /// nothing about one that has ended.
  void update_run(const run_record& run, const connection_memory& memory);

  /// Records the end of a run and what the next one will be; returns how many rejected rows remain,
  /// listed or not.
  ///
  /// `settles` says of which entries the run has seen the row, or seen that it is gone. Those that
  /// it did not touch or keep are forgotten: the row was delivered, or needed no delivery, or is no
  /// more. The others stay, because what they stand for may not have been tried again. REQUIRES:
  /// `run` was opened and has ended, `finished_at` included.
  std::uint64_t close_run(const run_record& run, const connection_memory& memory,
                          settled_rows settles);

  /// Records a run that never began, and what has changed in the state of its connection.
  /// REQUIRES: it has ended.
  void skip_run(const run_record& run, const connection_memory& memory);

  /// Records the state of a connection between its runs.
  void save(const connection_memory& memory);
  /// The same once its ledger was forgotten: forgets the rejected rows as well.
  void forget(const connection_memory& memory);

  /// Records rows that `run` found invalid or that the destination refused. There is one entry per
  /// key: seen again in a later run, its attempts go up by one, and operation, reason and `last_at`
  /// become those of now. Within a run it counts once. False if the list has no room for one of
  /// them.
  bool record_rejected(const connection_name& connection, const run_id& run,
                       const std::vector<rejected_row>& rows);

  /// What is listed as refused by the destination, ascending by key hash; not the invalid rows.
  std::vector<refused_delta> list_refused(const connection_name& connection);

  /// The packed keys of the listed rows, as far as they are known.
  std::vector<std::string> list_rejected_keys(const connection_name& connection);

  /// Keeps the entries of what `run` would have offered again just as it was refused, and did not
  /// offer: they are still rejected, without another attempt.
  void keep_refused(const connection_name& connection, const run_id& run,
                    const std::vector<refused_delta>& refused);

  /// The newest runs, newest first by their ids; of those before the run `before`, if it is not
  /// empty. Never more than `most_runs_listed` at a time.
  std::vector<run_record> list_runs(const connection_name& connection, std::uint32_t limit,
                                    const run_id& before = {});
  std::optional<run_record> find_run(const connection_name& connection, const run_id& run);
  /// The entries touched last, latest first.
  std::vector<rejected_row> list_rejected(const connection_name& connection, std::uint32_t limit);

  /// Forgets a piece of what is too old; see pruning. False when there is nothing left to do for
  /// now.
  bool prune(timestamp now) { return pruning_.step(now); }

 private:
  void close_interrupted(timestamp now);
  /// `condition`: an SQL condition about connections `c`.
  std::vector<connection_entry> load_where(const std::string& condition,
                                           const sql_values& parameters);
  /// Returns false if the run was not opened or has ended.
  bool write_active_run(const run_record& run);
  void write_memory(const connection_memory& memory, const std::optional<run_id>& last_run);
  void add_run(const run_record& run);
  void forget_settled(const run_record& run, settled_rows settles);
  /// Brings the number of rejected rows that are not listed up to date with the end of `run`.
  void count_unlisted(const run_record& run, settled_rows settles);
  std::uint64_t count_listed(const connection_name& connection);
  std::uint64_t count_rejected(const connection_name& connection);
  /// False if there is no entry for the row's key yet.
  bool touch_rejected(const connection_name& connection, const run_id& run,
                      const rejected_row& row);
  void add_rejected(const connection_name& connection, const run_id& run, const rejected_row& row);

  limits bounds_;
  database db_;
  pruning pruning_{db_, bounds_.keep, bounds_.remove_files};
};

}  // namespace sluice::catalog
