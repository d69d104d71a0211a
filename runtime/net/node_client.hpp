// A shim's connection to a node: its commands as plain calls. Callers see no CAF.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "messages/commands.hpp"
#include "messages/own_version.hpp"
#include "runtime/net/address.hpp"
#include "runtime/net/tls_channel.hpp"

namespace sluice::net {

struct client_options {
  address where;
  std::optional<tls_files> tls = std::nullopt;  ///< who this side is; a TLS address needs it
  /// For connecting, and for each answer.
  std::chrono::milliseconds timeout{10'000};
  std::string version = own_version();
};

/// Connected from construction to destruction, from one address to the node as one lasting peer.
///
/// Every call sends one request and waits for its answer. Throws `failure`: the node's own refusal;
/// `unreachable`, at once, if the node is not there or goes away; `timed_out` if no answer comes
/// within `timeout`. One thread.
class node_client {
 public:
  /// Connects and says hello.
  explicit node_client(client_options options);
  ~node_client();
  node_client(const node_client&) = delete;
  node_client& operator=(const node_client&) = delete;

  [[nodiscard]] const node_info& node() const;

  /// Gives a command. Waits for the answer for `timeout` and the time that the command may take
  /// beyond that (for ever: as long as the node is there), or for `longest`. When the connection
  /// goes, the node gives up the work that it began for this client.
  template <command::known C>
  typename C::answer call(const C& c,
                          std::optional<std::chrono::milliseconds> longest = std::nullopt) {
    return std::get<typename C::answer>(ask(c, longest));
  }

 private:
  command::any_answer ask(const command::any& c, std::optional<std::chrono::milliseconds> longest);

  struct link;
  std::unique_ptr<link> link_;
};

}  // namespace sluice::net
