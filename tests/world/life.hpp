// One life of a node: its actors on the test coordinator, its state in a folder of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/catalog/catalog_keeper.hpp"
#include "actors/connection/supervisor.hpp"
#include "actors/node/node.hpp"
#include "actors/node/slots.hpp"
#include "actors/node/succession.hpp"
#include "actors/run/hung_threads.hpp"
#include "messages/names.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/support/actor_fixture.hpp"

namespace sluice::test {

/// Destroying it in the midst of anything is a crash: its actors end wherever they are, and nothing
/// is recorded any more.
class life : public actor_fixture {
 public:
  /// What a node reads when it starts, and whenever it is told to.
  using configuration = std::function<actors::services_map(life&)>;

  /// Starts a node with the state in `folder`: the catalog, and `ledger` below it.
  life(std::filesystem::path folder, configuration configured,
       const std::function<timestamp()>& now);
  ~life();

  /// Sends the node a message and handles messages until it is answered, or until there are none.
  template <class T, class... Args>
  answer<T> ask_node(Args&&... args) {
    auto pending = send_request(node_, std::forward<Args>(args)...);
    while (!self->has_next_message() && step()) {
    }
    return receive<T>(pending);
  }

  /// Handles one message, of an actor that does not hang. False if there is none.
  bool step();
  /// Handles all of them.
  void settle() {
    while (step()) {
    }
  }
  void pass(std::chrono::milliseconds time);

  /// Ended by itself, as it does when it is shut down and nothing runs any more.
  [[nodiscard]] bool has_ended() const;

  /// Stuck in its driver: one of the reader and the writers of a run. Its name; empty if none runs.
  std::string hang(const connection_name& connection, std::uint32_t which);
  void release() { hanging_.clear(); }
  [[nodiscard]] bool somebody_hangs() const { return !hanging_.empty(); }
  /// Those without whom their runs went on.
  [[nodiscard]] const std::shared_ptr<actors::hung_threads>& left_behind() const {
    return left_behind_;
  }

  ledger::test::faulty_disk& disk() { return disk_; }
  [[nodiscard]] bool died() const { return disk_.crashed(); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path ledger_of(const connection_name& connection) const {
    return folder_ / "ledger" / connection.text();
  }
  [[nodiscard]] std::filesystem::path digest_of(const connection_name& connection) const {
    return folder_ / "ledger" / "digest" / connection.text();
  }
  /// Ends it now, and writes below `next` what another life would find: of the ledgers what `kind`
  /// leaves of them, and the catalog as it was at the moment of death.
  void bequeath(ledger::test::faulty_disk::power_cut kind, std::uint64_t seed,
                const std::filesystem::path& next);

 private:
  /// Readers and writers of that connection, or of all where it has no name.
  [[nodiscard]] std::vector<caf::strong_actor_ptr> children_of(
      const connection_name& connection) const;
  void kill();
  void keep_catalog() const;

  std::filesystem::path folder_;
  ledger::test::faulty_disk disk_;
  std::map<caf::resumable*, caf::strong_actor_ptr> hanging_;
  std::shared_ptr<actors::hung_threads> left_behind_ = std::make_shared<actors::hung_threads>();
  catalog_actor catalog_;
  slots_actor slots_;
  succession_actor succession_;
  node_actor node_;
};

}  // namespace sluice::test
