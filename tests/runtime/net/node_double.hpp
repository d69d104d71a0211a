// A node actor that says what a test wants, behind the real endpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "messages/cluster_protocol.hpp"
#include "messages/own_version.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/node_endpoint.hpp"

namespace sluice::test {

/// How the double answers a command. Called on its actor's thread. To refuse, throw `failure`;
/// nothing as the result, or no function, means that no answer is ever given.
template <command::known C>
using scripted = std::function<std::optional<typename C::answer>(const C&)>;

template <class Pack>
struct script_for;
template <class... Commands>
struct script_for<command::pack<Commands...>> {
  using type = std::tuple<scripted<Commands>...>;
};

struct node_script {
  node_name name = "double";
  std::string version = own_version();
  script_for<command::all>::type answers;

  template <command::known C>
  scripted<C>& on() {
    return std::get<scripted<C>>(answers);
  }
};

/// A node with one connection, `customers`, whose every run has ended well, and no other: the
/// script from which tests depart.
node_script quiet_node();
/// The status of `customers` on that node.
connection_status quiet_status();
/// A succeeded full run of `customers`: 100,000 rows read and delivered.
run_record quiet_run();

/// What the functions of a script noted, in their order; may be read at any time.
class noted {
 public:
  void add(std::string what) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::move(what));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

/// Listens from construction to destruction.
class node_double {
 public:
  explicit node_double(const net::address& where, node_script script = quiet_node(),
                       net::gate_limits limits = {});
  ~node_double();
  node_double(const node_double&) = delete;
  node_double& operator=(const node_double&) = delete;

  [[nodiscard]] std::size_t clients() const { return endpoint_->clients(); }
  /// Lines that the gate wanted in the log.
  [[nodiscard]] std::vector<std::string> refused() const;
  /// Waits until `count` such lines are there. False if they are not after ten seconds.
  [[nodiscard]] bool wait_for_refused(std::size_t count) const;
  /// Waits until so many clients are served. False if that does not happen in ten seconds.
  [[nodiscard]] bool wait_for_clients(std::size_t count) const;

 private:
  net::actor_config config_{net::role::node};
  caf::actor_system system_{config_};
  front_actor actor_;
  mutable std::mutex mutex_;
  std::vector<std::string> refused_;
  std::unique_ptr<net::node_endpoint> endpoint_;
};

}  // namespace sluice::test
