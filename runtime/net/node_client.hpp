// A shim's connection to a node: the node actor's messages as plain calls. Callers see no CAF.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/own_version.hpp"
#include "messages/run.hpp"
#include "messages/sync.hpp"
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
/// Every call sends one request and waits for its answer. Throws `failure`: what the node refused
/// with, as it said it; `unreachable` if it is not there or goes away, at once; `timed_out` if it
/// does not answer within `timeout`. One thread.
class node_client {
 public:
  /// Connects and says hello.
  explicit node_client(client_options options);
  ~node_client();
  node_client(const node_client&) = delete;
  node_client& operator=(const node_client&) = delete;

  [[nodiscard]] const node_info& node() const;

  std::vector<connection_status> list();
  run_record start(const std::string& connection, const start_options& how);
  run_record stop(const std::string& connection, const stop_options& how);
  /// The run when it has ended, or as it is after `poll`. Waits for the answer `poll` + `timeout`.
  run_record await(const std::string& connection, const std::string& run,
                   std::chrono::milliseconds poll);
  connection_status status(const std::string& connection);
  /// Newest first; those before the run `before`, if it is not empty.
  std::vector<run_record> runs(const std::string& connection, std::uint32_t limit,
                               const std::string& before = {});
  std::vector<rejected_row> rejected(const std::string& connection, std::uint32_t limit);
  connection_status enable(const std::string& connection, bool on);
  connection_status reset(const std::string& connection);
  /// What a run would do now. Reading may take minutes: waits as long as the node is there, or
  /// `longest`. The node ends the preview when this connection goes.
  preview_result preview(const std::string& connection, const preview_options& what,
                         std::optional<std::chrono::milliseconds> longest);
  /// The nodes of the cluster, as this one sees them.
  std::vector<node_status> nodes();
  reload_report reload();
  /// Answers how many connections were active.
  std::uint32_t shutdown(bool abandon_drains);

 private:
  struct link;
  std::unique_ptr<link> link_;
};

}  // namespace sluice::net
