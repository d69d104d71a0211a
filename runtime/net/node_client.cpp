#include "runtime/net/node_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
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
/// ever for a silent node, and believe every word of another program that listens there.
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
  /// Outlives the actor system, whose end closes the connection.
  std::unique_ptr<tunnel> tls_tunnel;
  actor_config config{role::shim};
  caf::actor_system system{config};
  front_actor node;
  /// Destroyed before the system, which waits for every actor.
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
  os::unique_fd open_socket(clock::time_point deadline, std::string& who) {
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
    tls_tunnel = std::make_unique<tunnel>(std::move(channel), std::move(inside.ours));
    return std::move(inside.for_caf);
  }

  caf::strong_actor_ptr connect(clock::time_point deadline) {
    basp broker{system};
    for (;;) {
      std::string who;
      auto fd = open_socket(deadline, who);
      await_greeting(fd.get(), options, who, deadline);
      auto found = broker.connect(std::move(fd), std::max(os::left_until(deadline), 1ms));
      if (found) return *found;
      // A node's heartbeat cuts off clients in the middle of their handshake.
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
      info = ask<node_info>(connecting, options.timeout,
                            caf::make_message(hello_atom_v, options.version));
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
  template <class Reply>
  Reply ask(std::string_view operation, std::optional<milliseconds> timeout,
            const caf::message& request) {
    auto got = messenger
                   ->ask(caf::actor_cast<caf::strong_actor_ptr>(node), timeout,
                         std::string(operation), request)
                   .take();
    if (auto* const failed = std::get_if<error>(&got))
      throw failure(explain(std::move(*failed), timeout.value_or(0ms)));
    auto& reply = std::get<caf::message>(got);
    if (!reply.match_elements<Reply>())
      throw failure(errc::internal, std::string(operation), options.where.text(),
                    "the answer is none to this question", "is it a node of another version?");
    return std::move(reply.get_mutable_as<Reply>(0));
  }

  /// Adds the hints that only this end knows to an error of the transport.
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

command::any_answer node_client::ask(const command::any& c, std::optional<milliseconds> longest) {
  return std::visit(
      [&]<class C>(const C& one) -> command::any_answer {
        auto limit = command::time_of(one);
        if (limit) *limit += link_->options.timeout;
        if (longest) limit = longest;
        return link_->ask<typename C::answer>(C::facts.name, limit, caf::make_message(one));
      },
      c);
}

}  // namespace sluice::net
