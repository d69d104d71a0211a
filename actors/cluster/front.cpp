#include "actors/cluster/front.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/cluster/forwarder.hpp"
#include "actors/cluster/joined_question.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// Actors of this process never block: this only bounds a defect.
constexpr std::chrono::seconds here{5};
/// Of each kind in a preview, whatever is asked for: they are held in memory.
constexpr std::uint32_t most_samples = 100;

/// Collects the lists of all nodes, once for all who ask at the same time.
class lists {
 public:
  using list = std::vector<connection_status>;

  lists(front_actor::pointer self, node_actor own, cluster_actor cluster)
      : self_(self),
        own_(std::move(own)),
        cluster_(std::move(cluster)),
        asked_([this] { gather(); }) {}

  caf::result<list> ask() {
    auto answer = self_->make_response_promise<list>();
    asked_.ask(answer);
    return answer;
  }

 private:
  void gather() {
    const auto fail = [this](const caf::error& e) { asked_.settle(e); };
    found_.clear();
    self_->request(cluster_, here, list_atom_v)
        .then(
            [this, fail](reachable_nodes& nodes) {
              missing_ = 1 + nodes.others.size();
              for (const auto& [connection, node] : nodes.lost) add_unreachable(connection, node);
              for (const auto& node : nodes.others) {
                const auto asked =
                    self_->spawn(forwarder, caf::actor_cast<node_actor>(node.commands), node.node);
                self_->request(asked, caf::infinite, list_atom_v)
                    .then([this](list& some) { add(some); },
                          [this, node](const caf::error&) {
                            for (const auto& c : node.connections) add_unreachable(c, node.node);
                            finish_if_done();
                          });
              }
              self_->request(own_, here, list_atom_v)
                  .then([this](list& some) { add(some); },
                        [this](const caf::error& e) {
                          own_failed_ = e;
                          finish_if_done();
                        });
            },
            fail);
  }
  void add(list& some) {
    found_.insert(found_.end(), std::make_move_iterator(some.begin()),
                  std::make_move_iterator(some.end()));
    finish_if_done();
  }
  void add_unreachable(const std::string& connection, const std::string& node) {
    auto& status = found_.emplace_back();
    status.connection = connection;
    status.state = connection_state::unreachable;
    status.node = node;
  }
  void finish_if_done() {
    if (--missing_ > 0) return;
    if (const auto why = std::exchange(own_failed_, {})) return asked_.settle(why);
    std::ranges::sort(found_, {}, [](const auto& s) { return std::tie(s.connection, s.node); });
    asked_.settle(std::exchange(found_, {}));
  }

  front_actor::pointer self_;
  node_actor own_;
  cluster_actor cluster_;
  joined_question<list> asked_;
  list found_;
  std::size_t missing_ = 0;
  caf::error own_failed_;
};

/// Has a question about `connection` answered by the node that runs it.
template <class Reply, class Atom, class... Ts>
caf::result<Reply> route_question(front_actor::pointer self, const node_actor& own,
                                  const cluster_actor& cluster, Atom a,
                                  const std::string& connection, const Ts&... more) {
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

/// Asks before whatever else `to` has to answer. Not delegated: an answer has the priority of its
/// question, and would not be known to whoever asked at another one.
template <class Reply, class... Ts>
void ask_first(front_actor::pointer self, const node_actor& to,
               caf::typed_response_promise<Reply> promise, const Ts&... message) {
  self->request<caf::message_priority::high>(to, caf::infinite, message...)
      .then([promise](Reply& reply) mutable { promise.deliver(std::move(reply)); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
}

/// The same for what changes something: it goes before what only asks, all the way, so that
/// whoever asks however much delays no command.
template <class Reply, class Atom, class... Ts>
caf::result<Reply> route_command(front_actor::pointer self, const node_actor& own,
                                 const cluster_actor& cluster, Atom a,
                                 const std::string& connection, const Ts&... more) {
  auto promise = self->make_response_promise<Reply>();
  self->request<caf::message_priority::high>(cluster, here, find_atom_v, connection)
      .then(
          [=](whereabouts& where) mutable {
            if (where.unavailable) {
              promise.deliver(to_caf(where.unavailable));
              return;
            }
            const auto runner =
                where.here ? own
                           : self->spawn(forwarder, caf::actor_cast<node_actor>(where.commands),
                                         where.node);
            ask_first(self, runner, promise, a, connection, more...);
          },
          [=](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// What concerns this node alone.
template <class Reply, class... Ts>
caf::result<Reply> command_here(front_actor::pointer self, const node_actor& own,
                                const Ts&... message) {
  auto promise = self->make_response_promise<Reply>();
  ask_first(self, own, promise, message...);
  return promise;
}

}  // namespace

front_actor::behavior_type front(front_actor::pointer self, const node_actor& own,
                                 const cluster_actor& cluster) {
  install_handlers(*self, "answer", {});
  const auto asked = std::make_shared<lists>(self, own, cluster);
  const auto question = [=]<class Reply>(std::type_identity<Reply>, const auto&... message) {
    return route_question<Reply>(self, own, cluster, message...);
  };
  const auto command = [=]<class Reply>(std::type_identity<Reply>, const auto&... message) {
    return route_command<Reply>(self, own, cluster, message...);
  };
  using run = std::type_identity<run_record>;
  using status = std::type_identity<connection_status>;
  return {
      [=](hello_atom a, const std::string& version) {
        return command_here<node_info>(self, own, a, version);
      },
      [=](list_atom) { return asked->ask(); },
      [=](start_atom a, const std::string& connection, const start_options& options) {
        return command(run{}, a, connection, options);
      },
      [=](stop_atom a, const std::string& connection, const stop_options& options) {
        return command(run{}, a, connection, options);
      },
      [=](await_atom a, const std::string& connection, const std::string& id, std::uint32_t ms) {
        return question(run{}, a, connection, id, ms);
      },
      [=](status_atom a, const std::string& connection) {
        return question(status{}, a, connection);
      },
      [=](runs_atom a, const std::string& connection, std::uint32_t limit,
          const std::string& before) {
        return question(std::type_identity<std::vector<run_record>>{}, a, connection, limit,
                        before);
      },
      [=](rejected_atom a, const std::string& connection, std::uint32_t limit) {
        return question(std::type_identity<std::vector<rejected_row>>{}, a, connection, limit);
      },
      [=](enable_atom a, const std::string& connection, bool on) {
        return command(status{}, a, connection, on);
      },
      [=](reset_atom a, const std::string& connection) { return command(status{}, a, connection); },
      [=](preview_atom a, const std::string& connection, preview_options options) {
        options.samples = std::min(options.samples, most_samples);
        return question(std::type_identity<preview_result>{}, a, connection, options);
      },
      [=](reload_atom a) { return command_here<reload_report>(self, own, a); },
      [=](shutdown_atom a, bool abandon) {
        return command_here<std::uint32_t>(self, own, a, abandon);
      },
      [=](nodes_atom a) { return self->delegate(cluster, a); },
  };
}

}  // namespace sluice::actors
