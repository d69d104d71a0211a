// The one actor of a process that shims and other nodes see: it finds the supervisor and passes on.
// It also owns the set of connections: a reload changes it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/cluster/gathering.hpp"
#include "actors/cluster/joined_question.hpp"
#include "actors/common/protocol.hpp"
#include "actors/node/configuration_changes.hpp"
#include "actors/run/run_services.hpp"

namespace sluice::actors {

using services_map = std::map<connection_name, std::shared_ptr<const run_services>>;

/// The configuration, read again.
struct new_configuration {
  std::vector<std::string> problems;  ///< a text each; the rest means nothing if there are any
  services_map connections;
  std::vector<std::string> warnings;  ///< settings of the node that only a restart applies
};

/// What a node actor is spawned with.
struct node_args {
  node_info info;
  services_map connections;
  std::map<connection_name, connection_entry> known;  ///< what the catalog holds about them
  catalog_actor catalog;
  slots_actor slots;
  succession_actor succession;
  /// Reads the configuration again. Called by the actor's thread.
  std::function<new_configuration()> read_configuration;
  /// Told what each reload did, before whoever asked for it. Called by the actor's thread.
  std::function<void(const reload_report&)> reloaded;
  /// Told which connections drain now that are not configured any more. Called by the actor's
  /// thread.
  std::function<void(std::vector<connection_name>)> draining = [](const auto&) {};
  /// Told of every shutdown before it begins: whether the drains are abandoned. Called by the
  /// actor's thread.
  std::function<void(bool abandon)> ending = [](bool) {};
};

/// With what the node sends itself.
using own_node_actor = node_actor::extend<
    // A connection whose supervisor died, or whose state could not be read, is tried again.
    caf::reacts_to<tick_atom, connection_name>>;

struct node_state {
  static inline const char* name = "node";
  using reload_under_way = std::shared_ptr<gathering<reload_report>>;

  /// What went wrong with the supervisor of a connection.
  struct trouble {
    std::uint32_t in_a_row = 0;
    std::uint32_t restarts = 0;
    caf::actor_clock::time_point last;
    error why;             ///< as long as nobody supervises the connection
    bool resting = false;  ///< it is tried again when a `tick` comes
  };

  own_node_actor::pointer self = nullptr;
  node_args args;
  std::map<connection_name, supervisor_actor> supervisors;
  /// Removed from the configuration; their runs drain. They answer until then.
  std::map<connection_name, supervisor_actor> leaving;
  services_map returning;  ///< added again while they are still leaving
  std::map<connection_name, trouble> troubles;
  joined_question<std::vector<connection_status>> listing{[this] { gather(); }};
  bool reloading = false;
  bool ending = false;
  std::size_t unanswered_shutdowns = 0;

  void supervise(const std::shared_ptr<const run_services>& services, connection_entry known);
  /// Supervises a connection that is new here, once the catalog has told what it knows of it.
  void add(const std::shared_ptr<const run_services>& services);
  void remove(const connection_name& connection);
  /// What `next` changes.
  [[nodiscard]] configuration_changes changes_to(const services_map& next) const;
  /// Runs what `next` says from now on; `all` gets what it did.
  void apply(new_configuration next, const reload_under_way& all);
  /// Hands the supervisor of a connection its changed configuration.
  void reconfigure(const std::shared_ptr<const run_services>& services,
                   const reload_under_way& all);
  void tell_draining() const;
  /// Nobody supervises it, and that is how it is configured still: it was neither removed nor
  /// changed again meanwhile, and the node goes on.
  [[nodiscard]] bool wanted(const std::shared_ptr<const run_services>& services) const;
  /// Takes up a connection that was supervised before, or could not be read: a run that was active
  /// is closed as interrupted.
  void resume(const std::shared_ptr<const run_services>& services, connection_entry known);
  /// Nobody supervises the connection for now: says so, and tries again after a while.
  void rest(const connection_name& connection, error why);
  void tick(const connection_name& connection);
  /// A status that its supervisor does not give.
  [[nodiscard]] connection_status blocked_status(const connection_name& connection,
                                                 error why) const;
  /// The supervisor of that connection, or why there is none.
  [[nodiscard]] const supervisor_actor* find(const connection_name& connection) const;
  /// Why nobody supervises a connection that is configured.
  [[nodiscard]] error unsupervised(const connection_name& connection) const;
  [[nodiscard]] caf::error missing(const connection_name& connection) const;
  caf::result<node_info> hello(const std::string& version) const;
  /// Asks every supervisor, for `listing`.
  void gather();
  void down(const caf::down_msg& dm);
  void quit_if_done();

  // -- commands
  caf::result<reload_report> answer(const command::reload&);
  caf::result<std::uint32_t> answer(const command::shutdown& c);
  caf::result<std::vector<connection_status>> answer(const command::connections&);
  /// Also where nobody supervises the connection.
  caf::result<connection_status> answer(const command::status& c);
  template <command::about_connection C, class... Who>
  caf::result<typename C::answer> answer(const C& c, const Who&... who) {
    return forward(c, who...);
  }

  /// Passes a command on to the supervisor of its connection, who answers in the node's place; as
  /// urgent as it came.
  template <command::about_connection C, class... Who>
  caf::result<typename C::answer> forward(const C& c, const Who&... who) {
    const auto* to = find(c.connection);
    if (to == nullptr) return missing(c.connection);
    // As a message: the compiler would spend a second on each kind of command.
    self->make_response_promise().delegate(caf::actor_cast<caf::actor>(*to),
                                           caf::make_message(c, who...));
    return caf::delegated<typename C::answer>{};
  }
};

/// Quits once it was told to shut down and every supervisor is done.
own_node_actor::behavior_type node(own_node_actor::stateful_pointer<node_state> self,
                                   node_args args);

}  // namespace sluice::actors
