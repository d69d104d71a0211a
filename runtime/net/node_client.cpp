#include "runtime/net/node_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "messages/cluster_protocol.hpp"
#include "messages/courier.hpp"
#include "messages/version.hpp"
#include "runtime/net/actor_config.hpp"
#include "runtime/net/basp.hpp"
#include "runtime/net/frame_guard.hpp"
#include "runtime/net/tcp_socket.hpp"
#include "runtime/net/tunnel.hpp"
#include "runtime/net/unix_socket.hpp"
#include "runtime/os/deadline.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto connecting = "connect to node";

std::string seconds_text(milliseconds t) {
  const auto ms = t.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

/// Waits until the node greets, without taking the greeting from the socket. CAF would wait for
/// ever for a silent node, and believe anything it is told by whatever else listens there.
void await_greeting(int fd, const client_options& options, const std::string& who,
                    clock::time_point deadline) {
  const auto where = options.where.text();
  std::array<char, frame_header_size> bytes{};
  for (;;) {
    pollfd p{fd, POLLIN, 0};
    const int ready = ::poll(&p, 1, static_cast<int>(os::left_until(deadline).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0)
      throw failure(
          errc::timed_out, connecting, where,
          "it accepted the connection but said nothing within " + seconds_text(options.timeout),
          "is " + who + " frozen or overloaded?");
    const auto n = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0)
      throw failure(errc::unreachable, connecting, where, "it hung up",
                    options.where.is_tls()
                        ? "is this certificate of the node's authority, and still good? Or is the "
                          "node shutting down, or serving too many clients? Its log tells"
                        : "is it shutting down, another user's, or serving too many clients? Its "
                          "log tells");
    if (static_cast<std::size_t>(n) == bytes.size()) break;
    ::poll(nullptr, 0, 1);  // half a greeting: poll would report it again at once
  }
  if (!is_greeting(read_frame_header(bytes), {}))
    throw failure(errc::unreachable, connecting, where,
                  "what listens there is no Sluice node: " + who,
                  "name the node's socket with --node or $SLUICE_NODE");
}

}  // namespace

struct node_client::link {
  client_options options;
  /// Outlives the actor system, whose end closes it.
  std::unique_ptr<tunnel> protected_way;
  actor_config config{role::shim};
  caf::actor_system system{config};
  front_actor node;
  /// Gone before the system, which waits for every actor.
  std::optional<courier> messenger;
  node_info info;

  explicit link(client_options o) : options(std::move(o)) {
    const auto deadline = clock::now() + options.timeout;
    const auto found = connect(deadline);
    node = caf::actor_cast<front_actor>(found);
    messenger.emplace(
        system, found,
        error{errc::unreachable, "talk to node", options.where.text(), "it closed the connection",
              "it was shut down or killed; its log tells"});
    greet();
  }

  /// A socket that leads to the node, and who is at its end.
  os::unique_fd open_way(clock::time_point deadline, std::string& who) {
    if (options.where.is_unix()) {
      auto fd = connect_to(options.where, os::left_until(deadline));
      who = peer_of(fd.get()).text();
      return fd;
    }
    if (!options.where.is_tls()) {
      who = options.where.text();
      return connect_tcp(options.where, os::left_until(deadline));
    }
    if (!options.tls)
      throw failure(errc::usage, connecting, options.where.text(),
                    "no certificate says who this command speaks for",
                    "give --cert, --key and --ca, or $SLUICE_CERT, $SLUICE_KEY and $SLUICE_CA");
    auto channel = connect_tls(options.where, tls_context{*options.tls}, os::left_until(deadline));
    who = channel->peer().text();
    auto inside = make_inner_socket();
    protected_way = std::make_unique<tunnel>(std::move(channel), std::move(inside.ours));
    return std::move(inside.for_caf);
  }

  caf::strong_actor_ptr connect(clock::time_point deadline) {
    basp broker{system};
    for (;;) {
      std::string who;
      auto fd = open_way(deadline, who);
      await_greeting(fd.get(), options, who, deadline);
      auto found = broker.connect(std::move(fd), std::max(os::left_until(deadline), 1ms));
      if (found) return *found;
      // A node's heartbeat cuts off whoever is in the middle of the handshake just then.
      const bool unlucky = found.error() == caf::sec::disconnect_during_handshake;
      if (unlucky && clock::now() < deadline) continue;
      auto e = to_error(found.error(), connecting);
      if (e.code != errc::timed_out) e.code = errc::unreachable;
      e.object = options.where.text();
      throw failure(std::move(e));
    }
  }

  void greet() {
    try {
      info = ask<node_info>("connect to node", options.timeout, hello_atom_v, options.version);
    } catch (const failure& e) {
      if (e.info().code != errc::internal) throw;
      auto incompatible = e.info();
      incompatible.code = errc::unreachable;
      incompatible.hint = "is it a node of another version?";
      throw failure(std::move(incompatible));
    }
    if (auto wrong =
            version_mismatch(info.version, caller::command, options.version, options.where.text()))
      throw failure(std::move(*wrong));
  }

  /// Sends one request and waits for its answer: `timeout`, or for ever.
  template <class Reply, class... Ts>
  Reply ask(const std::string& operation, std::optional<milliseconds> timeout, Ts... xs) {
    auto got = messenger->ask<Reply>(node, timeout, operation, xs...).take();
    if (auto* reply = std::get_if<Reply>(&got)) return std::move(*reply);
    throw failure(explain(std::move(std::get<error>(got)), timeout.value_or(0ms)));
  }

  /// Adds to an error of the transport what only this end knows.
  error explain(error e, milliseconds waited) const {
    if (!e.object.empty()) return e;
    e.object = options.where.text();
    if (e.code == errc::timed_out) {
      e.cause = "no answer within " + seconds_text(waited);
      if (info.pid != 0)
        e.hint = "is process " + std::to_string(info.pid) + " frozen or overloaded?";
    }
    return e;
  }
};

node_client::node_client(client_options options)
    : link_(std::make_unique<link>(std::move(options))) {}

node_client::~node_client() = default;

const node_info& node_client::node() const { return link_->info; }

std::vector<connection_status> node_client::list() {
  return link_->ask<std::vector<connection_status>>("list connections", link_->options.timeout,
                                                    list_atom_v);
}

run_record node_client::start(const std::string& connection, const start_options& how) {
  return link_->ask<run_record>("start sync", link_->options.timeout, start_atom_v, connection,
                                how);
}

run_record node_client::stop(const std::string& connection, const stop_options& how) {
  return link_->ask<run_record>("stop sync", link_->options.timeout, stop_atom_v, connection, how);
}

run_record node_client::await(const std::string& connection, const std::string& run,
                              std::chrono::milliseconds poll) {
  return link_->ask<run_record>("follow run", poll + link_->options.timeout, await_atom_v,
                                connection, run, static_cast<std::uint32_t>(poll.count()));
}

connection_status node_client::status(const std::string& connection) {
  return link_->ask<connection_status>("read status", link_->options.timeout, status_atom_v,
                                       connection);
}

std::vector<run_record> node_client::runs(const std::string& connection, std::uint32_t limit,
                                          const std::string& before) {
  return link_->ask<std::vector<run_record>>("list runs", link_->options.timeout, runs_atom_v,
                                             connection, limit, before);
}

std::vector<rejected_row> node_client::rejected(const std::string& connection,
                                                std::uint32_t limit) {
  return link_->ask<std::vector<rejected_row>>("list rejected rows", link_->options.timeout,
                                               rejected_atom_v, connection, limit);
}

connection_status node_client::enable(const std::string& connection, bool on) {
  return link_->ask<connection_status>(on ? "enable connection" : "disable connection",
                                       link_->options.timeout, enable_atom_v, connection, on);
}

connection_status node_client::reset(const std::string& connection) {
  return link_->ask<connection_status>("reset connection", link_->options.timeout, reset_atom_v,
                                       connection);
}

preview_result node_client::preview(const std::string& connection, const preview_options& what,
                                    std::optional<std::chrono::milliseconds> longest) {
  return link_->ask<preview_result>("preview sync", longest, preview_atom_v, connection, what);
}

std::vector<node_status> node_client::nodes() {
  return link_->ask<std::vector<node_status>>("list nodes", link_->options.timeout, nodes_atom_v);
}

reload_report node_client::reload() {
  return link_->ask<reload_report>("reload configuration", link_->options.timeout, reload_atom_v);
}

std::uint32_t node_client::shutdown(bool abandon_drains) {
  return link_->ask<std::uint32_t>("shut node down", link_->options.timeout, shutdown_atom_v,
                                   abandon_drains);
}

}  // namespace sluice::net
