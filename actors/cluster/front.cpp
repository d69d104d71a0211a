#include "actors/cluster/front.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/cluster/forwarder.hpp"
#include "actors/cluster/gathering.hpp"
#include "actors/cluster/joined_question.hpp"
#include "actors/cluster/stand_ins.hpp"
#include "messages/any_request.hpp"
#include "messages/handlers.hpp"

namespace sluice::actors {
namespace {

/// Actors of this process never block: this only bounds a defect.
constexpr std::chrono::seconds here{5};
constexpr auto normal = caf::message_priority::normal;
constexpr auto urgent = caf::message_priority::high;

/// A command on its way; all commands are passed on alike.
struct sealed_command {
  command_facts facts;
  connection_name connection;
  std::optional<std::chrono::milliseconds> takes;
  caf::message message;
};

template <command::known C>
sealed_command seal(const C& c) {
  return {C::facts, command::connection_of(c), command::time_of(c), caf::make_message(c)};
}

/// Collects the lists of all nodes, once for all actors that ask at the same time.
class lists {
 public:
  using list = std::vector<connection_status>;

  lists(front_actor::pointer self, node_actor own, cluster_actor cluster)
      : self_(self),
        own_(std::move(own)),
        cluster_(std::move(cluster)),
        asked_([this] { find_nodes(); }) {}

  caf::result<list> ask() {
    auto answer = self_->make_response_promise<list>();
    asked_.ask(answer);
    return answer;
  }

 private:
  struct collection {
    list all;
    caf::error own_failed;
  };
  using collecting = std::shared_ptr<gathering<collection>>;

  void find_nodes() {
    self_->request(cluster_, here, list_atom_v)
        .then([this](const reachable_nodes& nodes) { ask_all(nodes); },
              [this](const caf::error& e) { asked_.settle(e); });
  }
  void ask_all(const reachable_nodes& nodes) {
    const auto found =
        gathering<collection>::begin([this](collection& all) { settle(std::move(all)); });
    for (const auto& [connection, node] : nodes.lost)
      add_unreachable(found->found.all, connection, node);
    for (const auto& node : nodes.others) ask_other(node, found);
    ask_own(found);
    found->all_asked();
  }
  void ask_own(const collecting& found) {
    found->expect();
    self_->request(own_, here, command::connections{})
        .then([found](list& some) { add(*found, some); },
              [found](const caf::error& e) {
                found->found.own_failed = e;
                found->arrived();
              });
  }
  void ask_other(const reachable_node& node, const collecting& found) {
    found->expect();
    const auto asked = self_->spawn(
        forwarder, forwarder_args{.there = node.commands,
                                  .node = node.node,
                                  .operation = std::string(command::connections::facts.name)});
    send_request(
        *self_,
        {.to = caf::actor_cast<caf::strong_actor_ptr>(asked),
         .what = caf::make_message(caf::forward_atom::value,
                                   caf::make_message(command::connections{}))},
        [found, node](caf::message answer) {
          if (answer.match_elements<list>())
            add(*found, answer.get_mutable_as<list>(0));
          else
            add_unreachable(*found, node);
        },
        [found, node](const caf::error&) { add_unreachable(*found, node); });
  }
  static void add(gathering<collection>& found, list& some) {
    auto& all = found.found.all;
    all.insert(all.end(), std::make_move_iterator(some.begin()),
               std::make_move_iterator(some.end()));
    found.arrived();
  }
  static void add_unreachable(gathering<collection>& found, const reachable_node& node) {
    for (const auto& c : node.connections) add_unreachable(found.found.all, c, node.node);
    found.arrived();
  }
  static void add_unreachable(list& all, const connection_name& connection, const node_name& node) {
    auto& status = all.emplace_back();
    status.connection = connection;
    status.state = connection_state::unreachable;
    status.node = node;
  }
  void settle(collection found) {
    if (found.own_failed) return asked_.settle(found.own_failed);
    std::ranges::sort(found.all, {}, [](const auto& s) { return std::tie(s.connection, s.node); });
    asked_.settle(found.all);
  }

  front_actor::pointer self_;
  node_actor own_;
  cluster_actor cluster_;
  joined_question<list> asked_;
};

/// Passes questions on to the actor that answers, with their asker, who is answered directly.
/// Commands that change something go before those that only ask, all the way: however many
/// questions there are, they delay no such command.
class router : public std::enable_shared_from_this<router> {
 public:
  router(front_actor::pointer self, const front_args& args)
      : self_(self),
        own_(caf::actor_cast<caf::strong_actor_ptr>(args.own)),
        cluster_(args.cluster),
        stand_ins_(self) {
    self_->set_down_handler([this](const caf::down_msg& dm) { stand_ins_.down(dm); });
  }

  /// Has a command answered by the node that runs its connection.
  void route(const sealed_command& c) {
    // The promise takes the sender.
    const auto asker = self_->current_sender();
    auto promise = self_->make_response_promise();
    send_request(
        *self_,
        {.to = caf::actor_cast<caf::strong_actor_ptr>(cluster_),
         .what = caf::make_message(find_atom_v, c.connection),
         .limit = caf::duration{here},
         .priority = c.facts.changes ? urgent : normal},
        [me = shared_from_this(), c, promise, asker](const caf::message& answer) {
          if (answer.match_elements<whereabouts>())
            me->pass_on(c, promise, asker, answer.get_as<whereabouts>(0));
          else
            fail(promise, caf::sec::unexpected_response);
        },
        [promise](caf::error e) { fail(promise, std::move(e)); });
  }

  /// Has a command answered by this node, before other messages. A delegated request cannot have
  /// another priority than the question: an answer has the priority of its request, and the asker
  /// would not recognise an answer of another one.
  void ask_here(const caf::message& what) { ask_first(own_, what, self_->make_response_promise()); }

 private:
  static void fail(caf::response_promise promise, caf::error why) {
    promise.deliver(std::move(why));
  }

  void pass_on(const sealed_command& c, const caf::response_promise& promise,
               const caf::strong_actor_ptr& asker, const whereabouts& where) {
    if (where.unavailable)
      fail(promise, to_caf(where.unavailable));
    else if (where.here)
      answer_by(own_, with(c, asker), c, promise);
    else
      ask_there(c, promise, asker, where.node, where.commands);
  }

  void ask_there(const sealed_command& c, const caf::response_promise& promise,
                 const caf::strong_actor_ptr& asker, const node_name& node,
                 const caf::strong_actor_ptr& commands) {
    const auto through =
        self_->spawn(forwarder, forwarder_args{commands, node, std::string(c.facts.name), c.takes});
    const auto who = c.facts.waited_for ? stand_ins_.of(asker) : nullptr;
    answer_by(caf::actor_cast<caf::strong_actor_ptr>(through),
              caf::make_message(caf::forward_atom::value, with(c, who)), c, promise);
  }

  static caf::message with(const sealed_command& c, const caf::strong_actor_ptr& who) {
    return c.facts.waited_for ? c.message + caf::make_message(waiting{who}) : c.message;
  }

  void answer_by(const caf::strong_actor_ptr& whom, const caf::message& what,
                 const sealed_command& c, caf::response_promise promise) {
    if (c.facts.changes)
      ask_first(whom, what, promise);
    else
      promise.delegate(caf::actor_cast<caf::actor>(whom), what);
  }

  void ask_first(const caf::strong_actor_ptr& whom, const caf::message& what,
                 const caf::response_promise& promise) {
    send_request(
        *self_, {.to = whom, .what = what, .priority = urgent},
        [p = promise](caf::message answer) mutable { p.deliver(std::move(answer)); },
        [promise](caf::error e) { fail(promise, std::move(e)); });
  }

  front_actor::pointer self_;
  caf::strong_actor_ptr own_;
  cluster_actor cluster_;
  stand_ins stand_ins_;
};

caf::error refusal(const command_facts& what, const connection_name& connection) {
  return to_caf({errc::forbidden, std::string(what.name), connection,
                 "an observer may ask and change nothing", "use an operator's certificate"});
}

caf::error no_console() {
  return to_caf({errc::invalid_config,
                 std::string(command::console::facts.name),
                 {},
                 "the node serves no console",
                 "give its node.json a section \"api\" with \"listen\", and restart it"});
}

/// The handlers of a front: one for each command.
class handlers {
 public:
  handlers(front_actor::pointer self, const front_args& args)
      : self_(self),
        args_(args),
        router_(std::make_shared<router>(self, args)),
        lists_(std::make_shared<lists>(self, args.own, args.cluster)) {}

  template <command::known C>
  caf::result<typename C::answer> take(const C& c) const {
    if (C::facts.changes && args_.may != access::all)
      return refusal(C::facts, command::connection_of(c));
    return pass_on(c);
  }
  caf::result<node_info> take_hello(const std::string& version) const {
    router_->ask_here(caf::make_message(hello_atom_v, version));
    return caf::delegated<node_info>{};
  }

 private:
  template <command::about_connection C>
  caf::result<typename C::answer> pass_on(const C& c) const {
    router_->route(seal(c));
    return caf::delegated<typename C::answer>{};
  }
  template <command::known C>
  requires(!command::about_connection<C>) caf::result<typename C::answer> pass_on(const C& c)
  const {
    router_->ask_here(caf::make_message(c));
    return caf::delegated<typename C::answer>{};
  }
  [[nodiscard]] caf::result<console_code> pass_on(const command::console& c) const {
    if (!args_.api) return no_console();
    return self_->delegate(args_.api, c, args_.may == access::all);
  }
  [[nodiscard]] caf::result<std::vector<connection_status>> pass_on(
      const command::connections& c) const {
    if (args_.lists) return self_->delegate(args_.lists, c);
    return lists_->ask();
  }
  [[nodiscard]] caf::result<std::vector<node_status>> pass_on(const command::nodes& c) const {
    return self_->delegate(args_.cluster, c);
  }

  front_actor::pointer self_;
  front_args args_;
  std::shared_ptr<router> router_;
  std::shared_ptr<lists> lists_;
};

template <class... Commands>
front_actor::behavior_type behavior_of(const handlers& h, command::pack<Commands...>) {
  return {[h](hello_atom, const std::string& version) { return h.take_hello(version); },
          [h](const Commands& c) { return h.take(c); }...};
}

}  // namespace

front_actor::behavior_type front(front_actor::pointer self, const front_args& args) {
  install_handlers(*self, "answer", {});
  return behavior_of(handlers{self, args}, command::all{});
}

}  // namespace sluice::actors
