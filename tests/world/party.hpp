// One connection of a world: its source, its target, and what is promised of them.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "runtime/config/config.hpp"
#include "tests/support/run_doubles.hpp"
#include "tests/world/story.hpp"
#include "tests/world/target.hpp"
#include "tests/world/watched_destination.hpp"

namespace sluice::test {

class party {
 public:
  party(connection_name name, const connection_plan& plan, std::uint64_t seed,
        const std::filesystem::path& folder);
  party(const party&) = delete;
  party& operator=(const party&) = delete;

  // -- what happens to it, each in words
  // -----------------------------------------------------------

  std::string edit(dice chance, std::uint32_t changes);
  std::string respell(dice chance, std::uint32_t rows);
  std::string retype(dice chance);
  std::string meddle(dice chance);
  std::string reconfigure(dice chance);
  /// A copy of the node's state is made.
  void copied();
  /// That copy is put back: of its ledger, of the catalog, or of both.
  void put_back(bool ledger, bool catalog);
  /// Its source has the rows again that it had when the copy was made.
  void go_back() { source_.rows = copied_rows_; }
  void turn(unsigned percent, std::uint64_t salt);
  /// The pass that comes next fails behind that row. Or it does not, with nothing.
  void tear(std::optional<std::size_t> behind);

  // -- what is to be true
  // --------------------------------------------------------------------------

  /// How the target differs from what source and mode say, but for what a run cannot know; empty if
  /// it does not.
  [[nodiscard]] std::string difference() const;
  /// How a row that the source had all along is gone; empty if none is. Since the last call.
  std::string loss();
  /// Whether a row may be rejected or invalid for that.
  [[nodiscard]] bool may_refuse(const std::string& reason) const;
  /// A run of a new epoch succeeded: what others did at the target is made good.
  void made_good();
  [[nodiscard]] bool needs_full() const { return !meddled_.empty() || seen.older.is_unnoticed(); }
  /// The rows of the source, by their names at the target.
  [[nodiscard]] std::set<std::string> source_rows() const;

  [[nodiscard]] std::unique_ptr<source::model_reader> open_source(std::stop_token stop);
  [[nodiscard]] destinations::destination_factory ways();

  connection_name name;
  config::connection_config config;
  watch seen;
  bool configured = true;
  bool enabled = true;

  [[nodiscard]] std::uint64_t moments() const { return source_.fetched + seen.deliveries; }
  [[nodiscard]] const connection_plan& plan() const { return plan_; }
  /// What the mode insert promised is not what upsert does.
  void change_mode(sync_mode mode);

 private:
  [[nodiscard]] std::string key_of(long id) const { return key_of(id, dress_); }
  [[nodiscard]] std::string key_of(long id, unsigned dress) const;
  /// No run knows that the row is there, and a mode that inserts only has it refused.
  [[nodiscard]] bool may_be_there_already(const std::string& row) const;
  [[nodiscard]] std::string row_of(long id) const { return row_named(plan_.how, key_of(id)); }

  const connection_plan plan_;
  source_double source_;
  std::map<long, std::string> copied_rows_;  ///< of the source
  std::map<long, unsigned> variants_;        ///< how the key of an id is spelled
  unsigned dress_ = 0;                       ///< position in `plan.dresses`
  unsigned opened_ = 0;                      ///< the same of the present reader
  std::unique_ptr<target> target_;
  destinations::destination_factory ways_;
  std::set<std::string> foreign_;  ///< rows that were there before
  std::set<std::string> meddled_;  ///< rows that somebody else has changed
  std::set<std::string> kept_;     ///< rows of source and target at the last look
};

}  // namespace sluice::test
