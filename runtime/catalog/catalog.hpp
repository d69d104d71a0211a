// The state of every connection, its runs and its rejected rows, in `<state_dir>/catalog.sqlite`.
// Together with the ledgers it is all that outlives a node. The tables are in schema.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "messages/queries.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
#include "runtime/catalog/database.hpp"
#include "runtime/catalog/pruning.hpp"

namespace sluice::catalog {

/// Bounds on the kept entries.
struct limits {
  /// Rejected rows listed per connection; further ones are only counted.
  std::size_t rejected_rows = 10'000;
  /// How long `prune` keeps entries.
  retention keep = {};
  /// Removes the files of a run that `prune` forgets; by default none.
  file_remover remove_files = [](const std::string&, const std::string&) { return error{}; };
};

/// One thread at a time, and one process: the state directory is locked by its node. Everything
/// that a function records is durable when it returns. Errors are `failure` (catalog_failed) with
/// the file, the cause and a hint; a function that throws has recorded nothing.
class catalog {
 public:
  /// Opens the catalog in `state_dir`, or creates it, and brings it to the present version. Runs
  /// that had not ended died with their node: they are closed as `interrupted`, finished `now`,
  /// with the counts last recorded; deltas without a fate count as undelivered. The type of their
  /// next run was recorded when they were opened.
  catalog(const std::filesystem::path& state_dir, timestamp now, limits bounds = {});

  /// Every connection that was ever recorded, sorted by name; also those no longer configured.
  std::vector<connection_entry> load_all();
  /// One connection; only with its name if it was never recorded.
  connection_entry load(const connection_name& connection);

  /// Records a new run, the key of its start if there is one, and what the next one will be if the
  /// node dies during this one.
  void open_run(const run_record& run, const connection_memory& memory,
                const start_once& once = {});

  /// Records an active run as it is now, and the state that the next run begins with if the node
  /// dies. Does nothing if the run has ended.
  void update_run(const run_record& run, const connection_memory& memory);

  /// Records the end of a run and the state that the next run begins with; returns how many
  /// rejected rows remain, listed or not.
  ///
  /// `settles` says for which entries the run has looked at the row, or at its absence. Of these,
  /// entries that the run neither touched nor kept are forgotten: the row was delivered, needed no
  /// delivery, or no longer exists. The other entries stay, because their rows may not have been
  /// tried again. REQUIRES: `run` was opened and has ended, `finished_at` included.
  std::uint64_t close_run(const run_record& run, const connection_memory& memory,
                          const settled_rows& settles);

  /// Records a run that never began, the key of its start if there is one, and what has changed in
  /// the state of its connection. REQUIRES: it has ended.
  void skip_run(const run_record& run, const connection_memory& memory,
                const start_once& once = {});

  /// Records the state of a connection between its runs.
  void save(const connection_memory& memory);
  /// The same after its ledger was forgotten: forgets the rejected rows as well.
  void forget(const connection_memory& memory);

  /// Records rows that `run` found invalid or that the destination refused. There is one entry per
  /// key: when a later run sees the row again, attempts go up by one, and operation, reason and
  /// `last_at` are replaced. Within a run a row counts once. False if the list has no room for one
  /// of the rows.
  bool record_rejected(const connection_name& connection, const run_id& run,
                       const std::vector<rejected_row>& rows);

  /// The listed rows that the destination refused, ascending by key hash; without invalid rows.
  std::vector<refused_delta> list_refused(const connection_name& connection);

  /// The packed keys of the listed rows, as far as they are known.
  std::vector<std::string> list_rejected_keys(const connection_name& connection);

  /// Keeps the entries of deltas that `run` did not offer, because they were unchanged since their
  /// refusal: they are still rejected, without another attempt.
  void keep_refused(const connection_name& connection, const run_id& run,
                    const std::vector<refused_delta>& refused);

  /// The runs that match. Of those in `present`, which are the connection's, they are taken as they
  /// are there, whatever is recorded of them or not yet.
  run_list list_runs(const connection_name& connection, const run_query& which,
                     const std::vector<run_record>& present = {});
  std::optional<run_record> find_run(const connection_name& connection, const run_id& run);
  /// The start that was recorded last under this key, as long as its run is known.
  std::optional<known_start> find_start(const connection_name& connection, const std::string& key);
  /// The entries that match, or their reasons. Throws `failure` (usage) for a cursor that no list
  /// has named.
  rejected_list list_rejected(const connection_name& connection, const rejected_query& which);

  /// Forgets some entries that are too old; see pruning. False when nothing is left to do for now.
  bool prune(timestamp now) { return pruning_.step(now); }

 private:
  void close_interrupted(timestamp now);
  /// `condition`: an SQL condition about connections `c`.
  std::vector<connection_entry> load_where(const std::string& condition,
                                           const sql_values& parameters);
  /// Returns false if the run was not opened or has ended.
  bool write_active_run(const run_record& run);
  void write_memory(const connection_memory& memory, const std::optional<run_id>& last_run);
  void add_run(const run_record& run, const start_once& once);
  void forget_settled(const run_record& run, const settled_rows& settles);
  /// Updates the number of rejected rows that are not listed, at the end of `run`.
  void count_unlisted(const run_record& run, const settled_rows& settles);
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
