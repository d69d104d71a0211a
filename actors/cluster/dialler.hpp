// Keeps a node linked with one of its peers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "messages/cluster_protocol.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::actors {

/// A peer that answered.
struct dialled {
  node_name node;  ///< by its certificate
  /// An entrance_actor; null: there is a link already, or the peer is this very node.
  caf::strong_actor_ptr entrance;
  std::shared_ptr<void> tunnel;     ///< carries the link, as long as this pointer is kept
  std::function<void()> completed;  ///< to be called when the nodes have introduced themselves
};

/// What a dialler is spawned with.
struct dialler_args {
  std::string address;
  node_name own_name;
  std::string version;
  cluster_actor cluster;
  log::logger log;
  /// Connects. Blocks for some seconds at most, less if `stop` is requested. Throws `failure`.
  std::function<dialled(const std::string& address, std::stop_token stop)> dial;
  std::function<bool(const node_name& node)> is_linked;
  /// A number from 0 up to 1, for delays that differ from node to node.
  std::function<double()> random;
  std::stop_token stop;
};

struct dialler_state {
  static inline const char* name = "dialler";

  dialler_actor::pointer self = nullptr;
  std::optional<dialler_args> args;
  std::optional<node_name> node;  ///< who answers at the address, once that is known
  std::optional<dialled> call;    ///< the link, or one that is being made
  cluster_actor other;            ///< at the end of the link
  std::uint32_t failures = 0;     ///< since the last link
  std::string complaint;          ///< the last one in the log; repetitions are not logged

  void look();
  void dial();
  void greet();
  void introduce(const entrance_actor& entrance);
  void link(const introduction& us, const entrance_actor& entrance);
  void give_up(const error& why);
  void look_again(std::chrono::milliseconds after);
  void hang_up();
};

dialler_actor::behavior_type dialler(dialler_actor::stateful_pointer<dialler_state> self,
                                     dialler_args args);

}  // namespace sluice::actors
