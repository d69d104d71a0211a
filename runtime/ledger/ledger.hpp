// What the destination of one connection has acknowledged: durable, checksummed, bounded in memory.
// The on-disk formats are described in runtime/ledger/FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "messages/batch.hpp"
#include "messages/sync.hpp"

namespace sluice::ledger {

class view;
struct glimpse;

/// The hash under which a packed key is entered.
using key_hasher = std::function<hash128(std::string_view packed_key)>;

/// Limits that trade memory for speed. They never change what the ledger says.
struct options {
  std::size_t overlay_bytes = 24u << 20;  ///< memory of the overlay before it is spilled as a run
  unsigned merge_percent = 10;            ///< merge once the journal is this share of the base
};

/// Durable state of one connection. Thread safe: a run's writers share one ledger, and those that
/// record at the same moment share one fdatasync.
///
/// Errors are `failure`: `ledger_corrupt` for damage, with file, offset and what to do;
/// `ledger_failed` for I/O. After a failed write or sync the ledger refuses further records (a
/// failed fdatasync is never retried); reopening it tells what was kept.
class ledger {
 public:
  /// Opens the ledger in `directory`, or begins an empty one if there is none. `identity` names
  /// key, source and destination; a ledger of another identity is set aside (as `.NAME.old` beside
  /// `directory`, the latest one only), and an empty one is begun (see `restarted`). Intents
  /// without an outcome come back as keys in doubt. Replays the journal: about a second per million
  /// records. Throws `failure` (cancelled) once `stop` is requested; the ledger is as it was.
  static std::shared_ptr<ledger> open(const std::filesystem::path& directory,
                                      std::string_view identity, options limits = {},
                                      const std::stop_token& stop = {});
  /// The ledger that `open` would find in `directory`, without opening it: no byte of the folder
  /// changes. No ledger, or one of another identity, is an empty view. Temporary files without a
  /// name go to `scratch`. Throws `failure` (cancelled) once `stop` is requested. REQUIRES: no
  /// other thread or process opens, uses or sets aside the ledger meanwhile; see shared_ledgers.
  static glimpse look(const std::filesystem::path& directory, std::string_view identity,
                      const std::filesystem::path& scratch, const std::stop_token& stop);
  /// Makes `open` begin an empty ledger in `directory`: renames the present folder to `.NAME.old`
  /// beside it, replacing an older one. REQUIRES: the ledger is not open anywhere.
  static void set_aside(const std::filesystem::path& directory);
  virtual ~ledger() = default;

  /// True if `open` found a ledger of another identity and began a new one.
  [[nodiscard]] virtual bool restarted() const = 0;
  /// Number of the current full sync; 0 before the first one.
  [[nodiscard]] virtual std::uint32_t epoch() const = 0;
  /// Makes `epoch` current, durably. REQUIRES: `epoch` > epoch().
  virtual void begin_epoch(std::uint32_t epoch) = 0;
  /// The rule by which the ledger identifies rows (identity_rule::text); empty until one was set.
  [[nodiscard]] virtual std::string rule() const = 0;
  /// Identifies rows by another rule from now on: every known key is entered again under the hash
  /// that `hash_of` makes of its packed form. Keys that become one key are in doubt, so that their
  /// row is delivered again. All or nothing, also on failure or when `stop` is requested; then it
  /// throws `failure` (cancelled). REQUIRES: no open intent; `rule` is one line.
  virtual void identify_by(const std::string& rule, const key_hasher& hash_of,
                           const std::stop_token& stop) = 0;
  [[nodiscard]] virtual std::uint64_t rows() const = 0;
  /// How far the ledger has come, which shows what a copy of it lacks. Durable.
  [[nodiscard]] virtual ledger_position position() const = 0;
  /// Whether the next `open` will find exactly this position: nothing waits to be written, and no
  /// write has failed.
  [[nodiscard]] virtual bool settled() const = 0;
  /// Makes sure that the position is past the one at opening, so that the ledger differs from every
  /// earlier copy; durable on return. REQUIRES: no open intent.
  virtual void mark() = 0;

  /// The ledger as of now; later records do not show in it. The view outlives the ledger.
  [[nodiscard]] virtual std::unique_ptr<view> snapshot() = 0;

  /// Records durably that the deltas of `deltas` are about to be sent: from now on their keys are
  /// in doubt. Returns the number to settle them with.
  virtual std::uint64_t record_intent(const batch& deltas) = 0;
  /// Records durably the fates of an intent's deltas, by position. `delivered` acknowledges the
  /// value (or the deletion) in the current epoch and ends all doubt about the key. `rejected` and
  /// `undelivered` leave the key as it was before the intent, older doubt included. `unknown`
  /// leaves it in doubt, under the name of its delivery. `remembered`: see
  /// batch_outcome::remembered; kept with the key until the key's deletion is delivered.
  virtual void record_outcome(std::uint64_t intent, std::span<const fate> fates,
                              std::span<const row_answer> remembered = {}) = 0;
  /// Puts beside each delta what is remembered for its key: delta_view::remembered.
  virtual void recall(batch& deltas) = 0;

  /// Merges the journal into a new generation if it has grown past `merge_percent`, or always with
  /// `force`. Returns early, with nothing changed, once `stop` is requested. A failure before the
  /// new generation counts (a full disk) leaves the ledger as it was, and usable. Views stay valid;
  /// recording and new views wait meanwhile. REQUIRES: no open intent.
  virtual void merge(const std::stop_token& stop, bool force = false) = 0;
};

/// What a view says of one key.
struct known_row {
  hash128 fingerprint;      ///< meaningless unless `acknowledged` and not `in_doubt`
  std::uint32_t epoch = 0;  ///< in which the value was acknowledged
  bool acknowledged = false;
  bool in_doubt = false;
  std::uint64_t ordinal = 0;  ///< names the key within its view, for `mark_seen`
  hash128 delivery = {};      ///< name of the delivery in doubt; zero without doubt or name
};

/// The ledger as of a run's start, for the reader. One thread only.
class view {
 public:
  virtual ~view() = default;

  /// Keys in this view: those acknowledged and those only in doubt.
  [[nodiscard]] virtual std::uint64_t keys() const = 0;
  /// Looks up a block of keys at once (page touches are overlapped); `found[i]` belongs to
  /// `key_hashes[i]`. Throws `failure` (ledger_corrupt) on a page with a bad checksum.
  virtual void lookup(std::span<const hash128> key_hashes,
                      std::span<std::optional<known_row>> found) = 0;
  /// What is remembered for the key, as in batch_outcome::remembered; empty if nothing. Valid as
  /// long as the view. Throws as `lookup` does.
  [[nodiscard]] virtual std::string_view remembered(const hash128& key_hash) const = 0;
  /// Notes that the source has this key. Returns false if it had been noted before: a duplicate.
  virtual bool mark_seen(std::uint64_t ordinal) = 0;
  /// Keys not marked: what a complete pass did not see. Costs no page touches.
  [[nodiscard]] virtual std::uint64_t unseen() const = 0;
  /// Calls `visit(key hash, packed key)` for every key not marked, until it returns false. The
  /// packed key is valid during the call.
  virtual void for_each_unseen(
      const std::function<bool(const hash128&, std::string_view)>& visit) = 0;
};

/// A ledger as it is at one moment, for readers that do not open it.
struct glimpse {
  bool restarted = false;   ///< the ledger has another identity: `open` would begin a new one
  std::uint32_t epoch = 0;  ///< as `ledger::epoch`
  std::string rule;         ///< as `ledger::rule`
  std::unique_ptr<view> known;
  ledger_position at = {};  ///< as `ledger::position`; zeros where there is none
};

/// A glimpse of a ledger that is empty.
glimpse nothing_known();

/// The keys of one pass that the view does not know, to find duplicates among them. Memory stays
/// within `memory_bytes`: further hashes go as sorted runs to unlinked files in `directory`. Keys
/// that arrive in ascending order cost nothing, since the caller does not add them. One thread
/// only.
class new_keys {
 public:
  new_keys(std::filesystem::path directory, std::size_t memory_bytes = 16u << 20);
  ~new_keys();
  new_keys(const new_keys&) = delete;
  new_keys& operator=(const new_keys&) = delete;

  /// Returns false if the hash had been added before.
  bool add(const hash128& key_hash);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace sluice::ledger
