// The actor of a node that receives all commands: passes each on to its connection's supervisor.
// Also owns the set of connections, which a reload changes.
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
  /// As texts; if there are any, the other members do not count.
  std::vector<std::string> problems;
  services_map connections;
  std::vector<std::string> warnings;  ///< settings of the node that only a restart applies
};

/// The arguments of a node actor.
struct node_args {
  node_info info;
  services_map connections;
  std::map<connection_name, connection_entry> known;  ///< the catalog's entries of the connections
  catalog_actor catalog;
  slots_actor slots;
  succession_actor succession;
  /// What is known of the node's credentials. Called by the actor's thread.
  std::function<std::vector<credential_status>()> list_credentials = [] {
    return std::vector<credential_status>{};
  };
  /// Reads the configuration again. Called by the actor's thread.
  std::function<new_configuration()> read_configuration;
  /// Called with the report of each reload, before the client is answered. Called by the actor's
  /// thread.
  std::function<void(const reload_report&)> reloaded;
  /// Called with the connections that drain now and are no longer configured. Called by the actor's
  /// thread.
  std::function<void(std::vector<connection_name>)> draining = [](const auto&) {};
  /// Called before every shutdown, with whether the drains are abandoned. Called by the actor's
  /// thread.
  std::function<void(bool abandon)> ending = [](bool) {};
};

/// Extended by the messages that the node sends itself.
using own_node_actor = node_actor::extend<
    // Time to try a connection again whose supervisor died, or whose state could not be read.
    caf::reacts_to<tick_atom, connection_name>>;

struct node_state {
  static inline const char* name = "node";
  using reload_under_way = std::shared_ptr<gathering<reload_report>>;

  /// Problems with the supervisor of a connection.
  struct trouble {
    std::uint32_t in_a_row = 0;
    std::uint32_t restarts = 0;
    caf::actor_clock::time_point last;
    error why;             ///< as long as the connection has no supervisor
    bool resting = false;  ///< it is tried again with a `tick` message
  };

  own_node_actor::pointer self = nullptr;
  node_args args;
  std::map<connection_name, supervisor_actor> supervisors;
  /// Supervisors of connections that were removed from the configuration. They answer until their
  /// runs have drained.
  std::map<connection_name, supervisor_actor> leaving;
  /// Connections added again while they are still leaving.
  services_map returning;
  std::map<connection_name, trouble> troubles;  ///< by connection
  joined_question<std::vector<connection_status>> listing{[this] { gather(); }};
  bool reloading = false;
  bool ending = false;
  std::size_t unanswered_shutdowns = 0;

  void supervise(const std::shared_ptr<const run_services>& services, connection_entry known);
  /// Supervises a connection that is new here, once the catalog has sent its entry.
  void add(const std::shared_ptr<const run_services>& services);
  void remove(const connection_name& connection);
  /// The changes that `next` makes.
  [[nodiscard]] configuration_changes changes_to(const services_map& next) const;
  /// Applies `next`; `all` gets the report.
  void apply(new_configuration next, const reload_under_way& all);
  /// Hands the supervisor of a connection its changed configuration.
  void reconfigure(const std::shared_ptr<const run_services>& services,
                   const reload_under_way& all);
  void tell_draining() const;
  /// Whether the connection has no supervisor and is still configured exactly so: it was neither
  /// removed nor changed meanwhile, and the node is not ending.
  [[nodiscard]] bool wanted(const std::shared_ptr<const run_services>& services) const;
  /// Takes up a connection whose supervisor died, or whose state could not be read: an active run
  /// is closed as interrupted.
  void resume(const std::shared_ptr<const run_services>& services, connection_entry known);
  /// Leaves the connection without a supervisor for now: logs the reason, and tries again after a
  /// while.
  void rest(const connection_name& connection, error why);
  void tick(const connection_name& connection);
  /// The status of a connection without a supervisor.
  [[nodiscard]] connection_status blocked_status(const connection_name& connection,
                                                 error why) const;
  /// The supervisor of the connection; null if there is none.
  [[nodiscard]] const supervisor_actor* find(const connection_name& connection) const;
  /// Why a configured connection has no supervisor.
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
  caf::result<std::vector<credential_status>> answer(const command::credentials&) const;
  caf::result<std::vector<connection_status>> answer(const command::connections&);
  /// Also for a connection without a supervisor.
  caf::result<connection_status> answer(const command::status& c);
  template <command::about_connection C, class... Who>
  caf::result<typename C::answer> answer(const C& c, const Who&... who) {
    return forward(c, who...);
  }

  /// Delegates a command to the supervisor of its connection, with the priority with which it came.
  template <command::about_connection C, class... Who>
  caf::result<typename C::answer> forward(const C& c, const Who&... who) {
    const auto* to = find(c.connection);
    if (to == nullptr) return missing(c.connection);
    // Delegated as an untyped message, since typed code would cost the compiler a second per
    // command.
    self->make_response_promise().delegate(caf::actor_cast<caf::actor>(*to),
                                           caf::make_message(c, who...));
    return caf::delegated<typename C::answer>{};
  }
};

/// Quits after a shutdown command, once every supervisor is done.
own_node_actor::behavior_type node(own_node_actor::stateful_pointer<node_state> self,
                                   node_args args);

}  // namespace sluice::actors
