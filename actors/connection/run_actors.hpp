// The reader and the writers of one run, for their supervisor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/common/protocol.hpp"
#include "actors/connection/action.hpp"
#include "actors/run/run_services.hpp"

namespace sluice::actors {

/// Spawns them, sends them messages, and distinguishes a crash from a reported end. Used by the
/// supervisor's thread only.
class run_actors {
 public:
  run_actors() = default;
  /// The actors of a supervisor that dies do not go on: they are interrupted, asked to end, and
  /// counted as hung until they have ended.
  ~run_actors();
  run_actors(const run_actors&) = delete;
  run_actors& operator=(const run_actors&) = delete;

  enum class kind : std::uint8_t { reader, writer };
  struct role {
    kind is = kind::reader;
    writer_number number{};  ///< of a writer
  };

  /// Spawns the writers, then the reader, monitored by `self`.
  void spawn(supervisor_actor::pointer self, const std::shared_ptr<const run_services>& services,
             const catalog_actor& catalog, const action::spawn_run& what);

  /// Interrupts a blocked read, and asks the reader to read no further.
  void cancel_reader(supervisor_actor::pointer self);
  void end_rows(supervisor_actor::pointer self, const std::vector<writer_number>& writers);
  /// Interrupts blocked deliveries, and asks the writers to deliver nothing more.
  void abandon_writers(supervisor_actor::pointer self);
  void settle_ledger(supervisor_actor::pointer self, bool merge);
  /// Goes on without these actors: their end is no longer a crash. They count as hung until they
  /// have ended.
  void set_aside(supervisor_actor::pointer self, const action::set_aside& who);

  /// The writer reported that it is done: its end is no crash.
  void writer_done(writer_number number);
  void reader_done();
  /// Whether `who` belongs to the run and has not reported that it is done.
  [[nodiscard]] bool is_present(const caf::strong_actor_ptr& who) const;
  /// The role of the actor at `address`, if it had not reported that it was done: it crashed.
  std::optional<role> crashed(const caf::actor_addr& address);
  /// The actors that have not reported that they are done.
  [[nodiscard]] std::vector<caf::strong_actor_ptr> alive() const;
  /// Releases all actors.
  void release();

 private:
  struct member {
    role is;
    std::weak_ptr<const void> alive;  ///< see reader_args
  };
  /// Returns the actor's name.
  std::string count_as_hung(const member& who) const;

  std::shared_ptr<const run_services> services_;
  run_id run_;
  std::map<caf::actor_addr, member> alive_;
  reader_actor reader_;
  std::vector<writer_actor> writers_;
  std::stop_source stop_reading_;
  std::stop_source stop_writing_;
};

}  // namespace sluice::actors
