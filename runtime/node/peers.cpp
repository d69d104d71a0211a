#include "runtime/node/peers.hpp"

#include <utility>

#include "actors/cluster/cluster.hpp"
#include "actors/cluster/dialler.hpp"
#include "actors/cluster/front.hpp"
#include "actors/delivery/deliveries.hpp"
#include "runtime/net/tunnel.hpp"
#include "runtime/node/names_of.hpp"
#include "runtime/schedule/backoff.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::node {
namespace {

using namespace std::chrono_literals;

/// The time for each step of making a link: connecting, and CAF's handshake.
constexpr std::chrono::milliseconds patience = 5s;

/// Ends the actor when the last copy goes.
template <class Actor>
std::shared_ptr<void> until_gone(const Actor& who) {
  return {nullptr, [who](void*) { caf::anon_send_exit(who, caf::exit_reason::user_shutdown); }};
}

}  // namespace

peers::peers(caf::actor_system& system, const config::node_config& config, const node_info& info,
             timestamp started, const node_actor& own, api_actor api,
             std::shared_ptr<const net::tls_context> context,
             const std::shared_ptr<credentials::keyring>& keys,
             const std::shared_ptr<destinations::accounts>& accounts, const log::logger& log)
    : system_(system),
      config_(config),
      info_(info),
      own_(own),
      api_(std::move(api)),
      context_(std::move(context)),
      log_(log),
      links_(std::make_shared<net::links>(config.name)),
      broker_(system) {
  deliveries_ = system.spawn(actors::deliveries,
                             std::make_shared<actors::deliveries_args>(actors::deliveries_args{
                                 [log, keys, accounts](const delivery_order& order) {
                                   return destinations::make_factory(
                                       config::parse_destination(order.destination, order.file),
                                       log.about({order.connection, {}}),
                                       std::make_shared<metrics::activity>(), keys, accounts);
                                 }}));
  auto args = std::make_shared<actors::cluster_args>(actors::cluster_args{
      cluster::roster(
          {info, started, {}, context_ ? std::optional(context_->ends_at()) : std::nullopt},
          config.peers),
      own, deliveries_, log, schedule::system_now,
      [links = links_](const node_name& node) { links->cut(node); }});
  args->roster.configure(names_of(config.connections), config.elsewhere);
  cluster_ = system.spawn(actors::cluster_node, std::move(args));
  front_ =
      system.spawn(actors::front, actors::front_args{.own = own, .cluster = cluster_, .api = api_});
  observers_front_ = spawn_observers_front();
}

front_actor peers::spawn_observers_front() const {
  return system_.spawn(actors::front,
                       actors::front_args{own_, cluster_, actors::access::questions, front_, api_});
}

peers::~peers() {
  stop_.request_stop();
  caf::scoped_actor self(system_);
  for (const auto& d : diallers_) {
    caf::anon_send_exit(d, caf::exit_reason::user_shutdown);
    self->wait_for(d);  // the actor calls functions of this object
  }
  for (const auto& front : {front_, observers_front_})
    caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(cluster_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(deliveries_, caf::exit_reason::user_shutdown);
}

void peers::dial() {
  const auto call = [this](const std::string& address,
                           const std::stop_token& stop) -> actors::dialled {
    auto channel = net::connect_tls(net::parse_address(address), *context_, patience, stop);
    actors::dialled out{node_name(channel->peer().name), nullptr, nullptr, [] {}};
    if (out.node == config_.name) return out;
    auto inside = net::make_inner_socket();
    auto hold = links_->dialled(out.node, inside.ours.get());
    if (!hold) return out;
    // Only the tunnel owns `hold`, so the link ends with the tunnel.
    out.completed = [hold = std::weak_ptr(hold)] {
      if (const auto present = hold.lock()) present->complete();
    };
    auto bytes =
        std::make_shared<net::tunnel>(std::move(channel), std::move(inside.ours), std::move(hold));
    auto found = broker_.connect(std::move(inside.for_caf), patience);
    if (!found) {
      // If that node dialled, too, its call may be the link. The hold of this call ends with the
      // tunnel.
      bytes.reset();
      if (links_->connected(out.node)) return out;
      throw failure(errc::unreachable, "link with node", address,
                    "node " + out.node + " hung up (" + caf::to_string(found.error()) + ")",
                    "its log tells: this node's certificate may be expired or of another "
                    "authority, or another node of the name " +
                        config_.name + " is linked with it already");
    }
    out.entrance = std::move(*found);
    out.tunnel = std::move(bytes);
    return out;
  };
  for (const auto& address : config_.peers)
    diallers_.push_back(system_.spawn<caf::detached>(
        actors::dialler,
        actors::dialler_args{
            address, config_.name, info_.version, cluster_, log_, call,
            [links = links_](const node_name& node) { return links->connected(node); },
            schedule::random_numbers(), stop_.get_token()}));
}

std::optional<net::reception> peers::receive(const net::party& who, int caf_socket) const {
  const auto received = [](const auto& by, std::shared_ptr<void> keep, bool to_anybody = false) {
    return net::reception{caf::actor_cast<caf::strong_actor_ptr>(by), to_anybody, std::move(keep)};
  };
  switch (who.kind) {
    case net::party_kind::op:
      return received(front_, {});
    case net::party_kind::observer: {
      // One front for each client, since a client that can send a message to an actor can also end
      // the actor.
      const auto watched = spawn_observers_front();
      return received(watched, until_gone(watched));
    }
    case net::party_kind::node:
      break;
  }
  const node_name other(who.name);
  auto hold = links_->accepted(other, caf_socket);
  if (!hold) {
    // Both nodes dialled at the same time; or that node lost the link, and this node has not
    // noticed yet.
    caf::anon_send(cluster_, probe_atom_v, other);
    log_.debug("node {} dialled although there is a link with it, which is looked after", other);
    return std::nullopt;
  }
  const auto door = system_.spawn(actors::entrance, other, info_, cluster_);
  return received(door,
                  std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(
                      until_gone(door), std::move(hold)),
                  true);
}

}  // namespace sluice::node
