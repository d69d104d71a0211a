#include "actors/front.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "actors/forwarder.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// Actors of this process never block: this only bounds a defect.
constexpr std::chrono::seconds here{5};

/// Collects the lists of all nodes.
struct gathering {
  caf::typed_response_promise<std::vector<connection_status>> answer;
  std::vector<connection_status> found;
  std::size_t missing = 0;

  void add(std::vector<connection_status>& some) {
    found.insert(found.end(), std::make_move_iterator(some.begin()),
                 std::make_move_iterator(some.end()));
    finish_if_done();
  }
  void add_unreachable(const std::string& connection, const std::string& node) {
    auto& status = found.emplace_back();
    status.connection = connection;
    status.state = connection_state::unreachable;
    status.node = node;
  }
  void finish_if_done() {
    if (--missing > 0) return;
    std::ranges::sort(found, {}, [](const auto& s) { return std::tie(s.connection, s.node); });
    answer.deliver(std::move(found));
  }
};

caf::result<std::vector<connection_status>> list(front_actor::pointer self, const node_actor& own,
                                                 const cluster_actor& cluster) {
  auto all = std::make_shared<gathering>();
  all->answer = self->make_response_promise<std::vector<connection_status>>();
  const auto fail = [all](caf::error& e) { all->answer.deliver(std::move(e)); };
  self->request(cluster, here, list_atom_v)
      .then(
          [=](reachable_nodes& nodes) {
            all->missing = 1 + nodes.others.size();
            for (const auto& [connection, node] : nodes.lost)
              all->add_unreachable(connection, node);
            for (const auto& node : nodes.others) {
              const auto asked =
                  self->spawn(forwarder, caf::actor_cast<node_actor>(node.commands), node.node);
              self->request(asked, caf::infinite, list_atom_v)
                  .then([all](std::vector<connection_status>& some) { all->add(some); },
                        [all, node](const caf::error&) {
                          for (const auto& c : node.connections) all->add_unreachable(c, node.node);
                          all->finish_if_done();
                        });
            }
            self->request(own, here, list_atom_v)
                .then([all](std::vector<connection_status>& some) { all->add(some); }, fail);
          },
          fail);
  return all->answer;
}

/// Has a command about `connection` answered by the node that runs it.
template <class Reply, class Atom, class... Ts>
caf::result<Reply> route(front_actor::pointer self, const node_actor& own,
                         const cluster_actor& cluster, Atom a, const std::string& connection,
                         const Ts&... more) {
  auto promise = self->make_response_promise<Reply>();
  self->request(cluster, here, find_atom_v, connection)
      .then(
          [=](whereabouts& where) mutable {
            if (where.here) {
              promise.delegate(own, a, connection, more...);
            } else if (where.unavailable) {
              promise.deliver(to_caf(where.unavailable));
            } else {
              promise.delegate(
                  self->spawn(forwarder, caf::actor_cast<node_actor>(where.commands), where.node),
                  a, connection, more...);
            }
          },
          [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

}  // namespace

front_actor::behavior_type front(front_actor::pointer self, const node_actor& own,
                                 const cluster_actor& cluster) {
  install_handlers(*self, "answer", {});
  const auto to_owner = [=]<class Reply>(std::type_identity<Reply>, const auto&... message) {
    return route<Reply>(self, own, cluster, message...);
  };
  using run = std::type_identity<run_record>;
  using status = std::type_identity<connection_status>;
  return {
      [=](hello_atom a, const std::string& version) { return self->delegate(own, a, version); },
      [=](list_atom) { return list(self, own, cluster); },
      [=](start_atom a, const std::string& connection, const start_options& options) {
        return to_owner(run{}, a, connection, options);
      },
      [=](stop_atom a, const std::string& connection, const stop_options& options) {
        return to_owner(run{}, a, connection, options);
      },
      [=](await_atom a, const std::string& connection, const std::string& id, std::uint32_t ms) {
        return to_owner(run{}, a, connection, id, ms);
      },
      [=](status_atom a, const std::string& connection) {
        return to_owner(status{}, a, connection);
      },
      [=](runs_atom a, const std::string& connection, std::uint32_t limit,
          const std::string& before) {
        return to_owner(std::type_identity<std::vector<run_record>>{}, a, connection, limit,
                        before);
      },
      [=](rejected_atom a, const std::string& connection, std::uint32_t limit) {
        return to_owner(std::type_identity<std::vector<rejected_row>>{}, a, connection, limit);
      },
      [=](enable_atom a, const std::string& connection, bool on) {
        return to_owner(status{}, a, connection, on);
      },
      [=](reset_atom a, const std::string& connection) {
        return to_owner(status{}, a, connection);
      },
      [=](preview_atom a, const std::string& connection, const preview_options& options) {
        return to_owner(std::type_identity<preview_result>{}, a, connection, options);
      },
      [=](reload_atom a) { return self->delegate(own, a); },
      [=](shutdown_atom a, bool abandon) { return self->delegate(own, a, abandon); },
      [=](nodes_atom a) { return self->delegate(cluster, a); },
  };
}

}  // namespace sluice::actors
