// A connection with real supervisor, reader, writers, ledger and catalog, on the test coordinator;
// source and destination are doubles.
#pragma once

#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/catalog/catalog_keeper.hpp"
#include "actors/connection/supervisor.hpp"
#include "actors/node/slots.hpp"
#include "actors/node/succession.hpp"
#include "messages/names.hpp"
#include "runtime/ledger/shared_ledgers.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/run_doubles.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

/// Everything that survives a crash of the node: the disk, the source and the destination.
struct outside_world {
  temp_dir dir;
  source_double source;
  destination_double destination;
  /// Opens `source`, or another one.
  std::function<std::unique_ptr<source::model_reader>(std::stop_token)> open_model =
      [this](std::stop_token stop) { return source.open(std::move(stop)); };
  /// Makes destinations into `destination`, or into another one.
  destinations::destination_factory make_destination = [this] { return destination.make(); };
  config::connection_config config;
  catalog::limits bounds;
  std::uint64_t run_ids = 0;
  timestamp now{std::chrono::seconds{1'700'000'000}};
  std::vector<run_ended> told;  ///< reports of ended runs, in all lives

  outside_world();
  outside_world(const outside_world&) = delete;
  outside_world& operator=(const outside_world&) = delete;
  /// The file of a run's row log, if `config.row_log` is set.
  [[nodiscard]] std::filesystem::path row_log_of(const run_id& run) const {
    return rowlog::file_of(dir.path(), config.name, run);
  }
  /// The destination's rows in the form of the source's.
  [[nodiscard]] std::map<long, std::string> delivered() const;
  /// Refuses every third row from now on: its writer asks the catalog to list the row, and batches
  /// that come meanwhile wait in its mailbox.
  void wait_in_mailboxes();
};

/// A source with the rows 1 to 100.
struct hundred_rows : outside_world {
  hundred_rows() {
    for (long id = 1; id <= 100; ++id) source.rows[id] = "value " + std::to_string(id);
  }
};

/// One life of a node that serves the connection. Destroying it in the middle of a run is a crash:
/// the actors end wherever they are, and nothing is recorded any more.
class connection_fixture : public actor_fixture {
 public:
  explicit connection_fixture(outside_world& world);
  ~connection_fixture();

  /// Starts a run; the answer must have come.
  answer<run_record> start(const start_options& options = {});
  /// Starts a run and lets it end.
  run_record sync(const start_options& options = {});
  answer<run_record> stop(bool abandon = false);
  connection_status status();
  /// Handles one message after the other until `done`, or until there is none.
  template <class Done>
  void run_until(Done done) {
    while (!done() && step()) {
    }
  }
  std::vector<rejected_row> rejected();

  /// Previews a run.
  answer<preview_result> preview(const preview_options& options = {});

  outside_world& world;
  std::shared_ptr<const actors::run_services> services;
  /// Its scratch is not in the state, so that nothing of a preview could hide there.
  temp_dir scratch;
  std::shared_ptr<ledger::shared_ledgers> ledgers =
      std::make_shared<ledger::shared_ledgers>(scratch.path());
  catalog_actor catalog;
  slots_actor slots;
  succession_actor succession;
  supervisor_actor supervisor;
};

}  // namespace sluice::test
