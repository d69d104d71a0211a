// Nodes of a cluster, all in one actor system on virtual time: a link is lost when the actors at
// its other end end.
#include "actors/cluster/cluster.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "actors/cluster/dialler.hpp"
#include "actors/cluster/front.hpp"
#include "actors/delivery/deliveries.hpp"
#include "messages/handlers.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// What a node's own actor does in these tests.
struct script {
  std::vector<connection_name> connections;
  bool silent = false;
  /// Commands that arrived, with their connection.
  std::vector<std::string> seen;
  std::vector<std::string> urgent;  ///< those of them that went before others
  caf::strong_actor_ptr waits;      ///< for the last command that says who does
  std::size_t waiters_lost = 0;
};

struct own_state {
  std::vector<caf::response_promise> unanswered;
};
using own_actor = node_actor::stateful_pointer<own_state>;

connection_status status_of(const connection_name& connection, const node_name& node) {
  connection_status s;
  s.connection = connection;
  s.node = node;
  return s;
}

/// An answer by which one sees who gave it, where it can tell.
template <command::known C>
typename C::answer answer_of(const C& c, const node_name& node, const script& s) {
  using answer = typename C::answer;
  if constexpr (std::is_same_v<answer, run_record>) {
    run_record r;
    r.connection = c.connection;
    return r;
  } else if constexpr (std::is_same_v<answer, connection_status>) {
    return status_of(c.connection, node);
  } else if constexpr (std::is_same_v<C, command::connections>) {
    answer all;
    for (const auto& one : s.connections) all.push_back(status_of(one, node));
    return all;
  } else {
    return {};
  }
}

template <command::known C>
caf::result<typename C::answer> take(own_actor self, const node_name& node, script& s, const C& c,
                                     const waiting& who = {}) {
  const auto connection = command::connection_of(c);
  const auto seen = std::string(C::facts.key) + (connection.empty() ? "" : " " + connection);
  s.seen.push_back(seen);
  if (self->current_mailbox_element()->mid.is_urgent_message()) s.urgent.push_back(seen);
  if (C::facts.waited_for) s.waits = who.by;
  if (!s.silent) return answer_of(c, node, s);
  if (who.by) self->monitor(who.by);
  self->state.unanswered.push_back(self->make_response_promise());
  return caf::delegated<typename C::answer>{};
}

template <class... Commands>
node_actor::behavior_type behavior_of(own_actor self, const node_name& name, script* s,
                                      command::pack<Commands...>) {
  const auto answer = [=]<class C>(const C& c, const auto&... who) {
    return take(self, name, *s, c, who...);
  };
  return {[=](hello_atom, const std::string&) {
            return node_info{name, "1", 1, false};
          },
          command::handler<Commands>(answer)...};
}

node_actor::behavior_type own(own_actor self, const node_name& name, script* s) {
  install_handlers(*self, "answer", name);
  self->set_down_handler([s](const caf::down_msg&) { ++s->waiters_lost; });
  return behavior_of(self, name, s, node_commands{});
}

/// One node of the cluster.
struct member {
  script does;
  std::ostringstream written;
  node_actor commands;
  deliveries_actor deliveries;
  cluster_actor cluster;
  front_actor front;
  std::vector<std::string> cuts;

  void end() {
    for (const auto& a :
         {caf::actor_cast<caf::actor>(commands), caf::actor_cast<caf::actor>(cluster),
          caf::actor_cast<caf::actor>(deliveries), caf::actor_cast<caf::actor>(front)})
      caf::anon_send_exit(a, caf::exit_reason::kill);
  }
};

struct clustered : test::actor_fixture {
  timestamp now{};
  ~clustered() {
    for (auto& [name, m] : members) m->end();
    run();
  }

  member& add(const node_name& name, std::vector<connection_name> connections,
              std::map<connection_name, node_name> elsewhere = {}) {
    auto& m = *(members[name] = std::make_unique<member>());
    m.does.connections = connections;
    m.commands = system.spawn(own, name, &m.does);
    m.deliveries =
        system.spawn(actors::deliveries,
                     std::make_shared<actors::deliveries_args>(actors::deliveries_args{{}, false}));
    auto args = std::make_shared<actors::cluster_args>(actors::cluster_args{
        cluster::roster({{name, "1", 1, false}, timestamp{}, {}}, {}), m.commands, m.deliveries,
        log::logger({}, m.written), [this] { return now; },
        [&m](const node_name& node) { m.cuts.push_back(node); }});
    args->roster.configure(std::move(connections), std::move(elsewhere));
    m.cluster = system.spawn(actors::cluster_node, std::move(args));
    m.front = system.spawn(actors::front, actors::front_args{m.commands, m.cluster});
    run();
    return m;
  }
  /// `from` has dialled `to`.
  void link(const node_name& from, const node_name& to) {
    const auto us = ask<introduction>(members[from]->cluster, facts_atom_v).get();
    const auto door =
        system.spawn(actors::entrance, from, node_info{to, "1", 1, false}, members[to]->cluster);
    const auto them = ask<introduction>(door, join_atom_v, us).get();
    caf::anon_send(members[from]->cluster, linked_atom_v, them);
    caf::anon_send_exit(door, caf::exit_reason::kill);
    run();
  }

  std::map<node_name, std::unique_ptr<member>> members;
};

/// The names and nodes of a list.
std::vector<std::pair<std::string, std::string>> places(
    const std::vector<connection_status>& list) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& s : list) found.emplace_back(s.connection, s.node);
  return found;
}

}  // namespace

TEST_CASE_FIXTURE(clustered, "a command about a connection is answered by the node that runs it") {
  auto& a = add("a", {"alpha"});
  auto& b = add("b", {"beta"});
  link("a", "b");
  for (auto* m : {&a, &b}) {
    CHECK(ask<connection_status>(m->front, command::status{"alpha"}).get().node == "a");
    CHECK(ask<connection_status>(m->front, command::status{"beta"}).get().node == "b");
  }
  CHECK(ask<run_record>(a.front, command::start{"beta", {}}).get().connection == "beta");
  CHECK(ask<run_record>(a.front, command::stop{"beta", {}}).arrived);
  CHECK(ask<run_record>(a.front, command::await{"beta", "1", command::poll_time{5}}).arrived);
  CHECK(ask<run_list>(a.front, command::runs{"beta", {.limit = 1}}).arrived);
  CHECK(ask<rejected_list>(a.front, command::rejected{"beta", {.limit = 1}}).arrived);
  CHECK(ask<connection_status>(a.front, command::disable{"beta"}).arrived);
  CHECK(ask<connection_status>(a.front, command::reset{"beta"}).arrived);
  CHECK(ask<preview_result>(a.front, command::preview{"beta", {}}).arrived);
  CHECK(b.does.seen == std::vector<std::string>{"status beta", "status beta", "start beta",
                                                "stop beta", "await beta", "runs beta",
                                                "rejected beta", "disable beta", "reset beta",
                                                "preview beta"});
  CHECK(ask<connection_status>(a.front, command::status{"gamma"}).failed.code ==
        errc::unknown_connection);
}

TEST_CASE_FIXTURE(clustered, "what concerns a node alone is asked of that node alone") {
  auto& a = add("a", {});
  auto& b = add("b", {});
  link("a", "b");
  CHECK(ask<node_info>(a.front, hello_atom_v, "1").get().name == "a");
  CHECK(ask<reload_report>(a.front, command::reload{}).arrived);
  CHECK(ask<std::uint32_t>(a.front, command::shutdown{true}).arrived);
  CHECK(a.does.seen == std::vector<std::string>{"reload", "shutdown"});
  CHECK(b.does.seen.empty());
}

TEST_CASE_FIXTURE(clustered,
                  "the list has the connections of all, those of lost nodes as unreachable") {
  auto& a = add("a", {"m"});
  auto& b = add("b", {"z", "b"});
  add("c", {"c"});
  link("a", "b");
  link("c", "a");
  CHECK(places(ask<std::vector<connection_status>>(a.front, command::connections{}).get()) ==
        decltype(places({})){{"b", "b"}, {"c", "c"}, {"m", "a"}, {"z", "b"}});
  b.end();
  run();
  const auto listed = ask<std::vector<connection_status>>(a.front, command::connections{}).get();
  CHECK(places(listed) == decltype(places({})){{"b", "b"}, {"c", "c"}, {"m", "a"}, {"z", "b"}});
  CHECK(listed[0].state == connection_state::unreachable);
  CHECK(listed[1].state == connection_state::idle);
}

TEST_CASE_FIXTURE(clustered, "a node that is lost before it answers is reported at once") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  auto pending = send_request(a.front, command::start{"beta", {}});
  run();
  CHECK_FALSE(receive<run_record>(pending).arrived);
  b.end();
  run();
  const auto failed = receive<run_record>(pending).failed;
  CHECK(failed.code == errc::unreachable);
  CHECK(failed.hint.find("not known") != std::string::npos);
  CHECK(ask<connection_status>(a.front, command::status{"beta"}).failed.code == errc::unreachable);
}

TEST_CASE_FIXTURE(clustered, "a node that is silent is reported after a time-out") {
  auto& a = add("a", {"alpha"});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  auto pending = send_request(a.front, command::status{"beta"});
  run();
  advance(4s);
  CHECK_FALSE(receive<connection_status>(pending).arrived);
  advance(2s);
  CHECK(receive<connection_status>(pending).failed.code == errc::timed_out);
  // An await is given the time that it asks for, too.
  auto awaiting = send_request(a.front, command::await{"beta", "1", command::poll_time{60'000}});
  run();
  advance(60s);
  CHECK_FALSE(receive<run_record>(awaiting).arrived);
  advance(6s);
  CHECK(receive<run_record>(awaiting).failed.code == errc::timed_out);

  auto listing = send_request(a.front, command::connections{});
  run();
  advance(6s);
  const auto listed = receive<std::vector<connection_status>>(listing).get();
  REQUIRE(listed.size() == 2);
  CHECK(listed[1].connection == "beta");
  CHECK(listed[1].state == connection_state::unreachable);
}

namespace {

/// Somebody who gives `front` a command, and does not mind the answer.
template <command::known C>
caf::actor ask_and_stay(clustered& nodes, const front_actor& front, const C& c) {
  return nodes.system.spawn([front, c](caf::event_based_actor* me) -> caf::behavior {
    me->request(front, caf::infinite, c)
        .then([](const typename C::answer&) {}, [](const caf::error&) {});
    return {[](tick_atom) {}};
  });
}

}  // namespace

TEST_CASE_FIXTURE(clustered, "a node learns that whoever asked it through another one has gone") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  const auto asker = ask_and_stay(*this, a.front, command::preview{"beta", {}});
  run();
  REQUIRE(b.does.seen.size() == 1);
  advance(std::chrono::hours{1});
  CHECK(b.does.waiters_lost == 0);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  run();
  CHECK(b.does.waiters_lost == 1);
}

TEST_CASE_FIXTURE(clustered, "who waits for a start here is whoever asked for it") {
  auto& a = add("a", {"alpha"});
  const auto asker = ask_and_stay(*this, a.front, command::start{"alpha", {}});
  run();
  CHECK(a.does.waits == asker);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  run();
}

TEST_CASE_FIXTURE(clustered, "who waits for a start elsewhere is there after it was answered") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  const auto first = ask_and_stay(*this, a.front, command::start{"beta", {}});
  run();
  const auto stands_for_first = caf::actor_cast<caf::actor>(b.does.waits);
  REQUIRE(stands_for_first);
  caf::scoped_actor watching{system};
  watching->monitor(stands_for_first);
  const auto second = ask_and_stay(*this, a.front, command::start{"beta", {}});
  run();
  CHECK(b.does.waits != stands_for_first);
  CHECK_FALSE(watching->has_next_message());
  caf::anon_send_exit(first, caf::exit_reason::kill);
  run();
  CHECK(watching->has_next_message());
  caf::anon_send_exit(second, caf::exit_reason::kill);
  run();
}

TEST_CASE_FIXTURE(clustered, "who waits elsewhere goes with this node's front") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  const auto asker = ask_and_stay(*this, a.front, command::start{"beta", {}});
  run();
  caf::scoped_actor watching{system};
  watching->monitor(caf::actor_cast<caf::actor>(b.does.waits));
  b.does.waits = nullptr;
  caf::anon_send_exit(a.front, caf::exit_reason::user_shutdown);
  run();
  CHECK(watching->has_next_message());
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  run();
}

TEST_CASE_FIXTURE(clustered, "a connection that was removed is asked where it drains") {
  auto& a = add("a", {});
  add("b", {"beta"});
  link("a", "b");
  caf::anon_send(members["b"]->cluster, update_atom_v, std::vector<connection_name>{},
                 std::map<connection_name, node_name>{});
  caf::anon_send(members["b"]->cluster, drain_atom_v, std::vector<connection_name>{"beta"});
  run();
  for (auto* m : {members["a"].get(), members["b"].get()})
    CHECK(ask<connection_status>(m->front, command::status{"beta"}).get().node == "b");
  CHECK(ask<run_record>(a.front, command::stop{"beta", {}}).arrived);
  caf::anon_send(members["b"]->cluster, drain_atom_v, std::vector<connection_name>{});
  run();
  for (auto* m : {members["a"].get(), members["b"].get()})
    CHECK(ask<connection_status>(m->front, command::status{"beta"}).failed.code ==
          errc::unknown_connection);
}

TEST_CASE_FIXTURE(clustered, "that a node is ending is known to all") {
  auto& a = add("a", {});
  auto& b = add("b", {});
  link("a", "b");
  caf::anon_send(b.cluster, shutdown_atom_v);
  run();
  for (auto* const m : {&a, &b}) {
    const auto nodes = ask<std::vector<node_status>>(m->front, command::nodes{}).get();
    CHECK(nodes.size() == 2);
    for (const auto& node : nodes) CHECK(node.ending == (node.node == "b"));
  }
}

TEST_CASE_FIXTURE(clustered,
                  "a change of what a node runs reaches the others, a stranger's does not") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  caf::anon_send(a.cluster, update_atom_v, node_info{"b", "1", 7, false},
                 std::vector<connection_name>{"forged"}, std::vector<connection_name>{});
  run();
  CHECK(ask<connection_status>(a.front, command::status{"forged"}).failed.code ==
        errc::unknown_connection);
  caf::anon_send(b.cluster, update_atom_v, std::vector<connection_name>{"new"},
                 std::map<connection_name, node_name>{});
  run();
  CHECK(ask<connection_status>(a.front, command::status{"new"}).get().node == "b");
  CHECK(ask<connection_status>(a.front, command::status{"beta"}).failed.code ==
        errc::unknown_connection);
}

TEST_CASE_FIXTURE(clustered, "a linked node that knocks again is cut off unless it still answers") {
  auto& a = add("a", {});
  auto& b = add("b", {});
  link("a", "b");
  caf::anon_send(a.cluster, probe_atom_v, node_name{"b"});
  run();
  advance(5s);
  CHECK(a.cuts.empty());
  // Stands for a node at the end of a dead connection: it has a mailbox that nobody reads.
  caf::scoped_actor deaf{system};
  const introduction dead{{{"b", "1", 1, false}, timestamp{}, {}},
                          caf::actor_cast<caf::strong_actor_ptr>(b.commands),
                          caf::actor_cast<caf::strong_actor_ptr>(deaf),
                          caf::actor_cast<caf::strong_actor_ptr>(b.deliveries)};
  caf::anon_send(a.cluster, linked_atom_v, dead);
  caf::anon_send(a.cluster, probe_atom_v, node_name{"b"});
  run();
  advance(4s);
  CHECK(a.cuts == std::vector<std::string>{"b"});
}

TEST_CASE_FIXTURE(clustered,
                  "two nodes of one name are told of once and shown until that is over") {
  auto& a = add("a", {});
  add("b", {});
  link("a", "b");
  const auto knock = [&] {
    caf::anon_send(a.cluster, probe_atom_v, node_name{"b"});
    run();
  };
  const auto problem = [&] {
    return ask<std::vector<node_status>>(a.front, command::nodes{}).get().at(1).problem;
  };
  // While the link is new both may have dialled, at every address.
  for (int i = 0; i < 5; ++i) knock();
  CHECK_FALSE(problem());
  now += 2s;
  knock();
  knock();
  CHECK_FALSE(problem());
  for (int i = 0; i < 5; ++i) knock();
  CHECK(problem().cause.find("two nodes have this name") != std::string::npos);
  const auto log = a.written.str();
  const auto first = log.find("two nodes have this name");
  CHECK(first != std::string::npos);
  CHECK(log.find("two nodes have this name", first + 1) == std::string::npos);
  CHECK(a.cuts.empty());
}

TEST_CASE_FIXTURE(clustered,
                  "an entrance takes the node that the certificate names, of its version") {
  auto& a = add("a", {});
  add("b", {"beta"});
  const auto us = ask<introduction>(members["b"]->cluster, facts_atom_v).get();
  const auto enter = [&](const node_name& certified, const std::string& version) {
    const auto door =
        system.spawn(actors::entrance, certified, node_info{"a", version, 1, false}, a.cluster);
    auto hello = ask<node_info>(door, hello_atom_v, std::string{"1"});
    auto joined = ask<introduction>(door, join_atom_v, us);
    caf::anon_send_exit(door, caf::exit_reason::kill);
    run();
    return std::pair{hello.failed, joined.failed};
  };
  CHECK(enter("b", "1") == std::pair<error, error>{});
  CHECK(enter("c", "1").second.code == errc::forbidden);
  const auto older = enter("b", "0.9");
  CHECK(older.first.code == errc::unreachable);
  CHECK(older.first.message().find("it is version 0.9, this node is version 1") !=
        std::string::npos);
  CHECK(older.second.code != errc::none);
}

TEST_CASE_FIXTURE(clustered, "commands go before questions all the way") {
  auto& a = add("a", {"alpha"});
  ask<connection_status>(a.front, command::status{"alpha"});
  ask<run_record>(a.front, command::await{"alpha", "1", command::poll_time{5}});
  ask<std::vector<connection_status>>(a.front, command::connections{});
  ask<run_list>(a.front, command::runs{"alpha", {.limit = 1}});
  ask<preview_result>(a.front, command::preview{"alpha", {}});
  CHECK(a.does.urgent.empty());
  ask<run_record>(a.front, command::start{"alpha", {}});
  ask<run_record>(a.front, command::stop{"alpha", {}});
  ask<connection_status>(a.front, command::disable{"alpha"});
  ask<connection_status>(a.front, command::reset{"alpha"});
  ask<reload_report>(a.front, command::reload{});
  ask<std::uint32_t>(a.front, command::shutdown{false});
  CHECK(a.does.urgent == std::vector<std::string>{"start alpha", "stop alpha", "disable alpha",
                                                  "reset alpha", "reload", "shutdown"});
}

TEST_CASE_FIXTURE(clustered, "those who ask for the list at the same time share the finding out") {
  auto& a = add("a", {"alpha"});
  auto& b = add("b", {"beta"});
  link("a", "b");
  std::vector<decltype(send_request(a.front, command::connections{}))> pending;
  for (int i = 0; i < 50; ++i) pending.push_back(send_request(a.front, command::connections{}));
  run();
  for (auto& p : pending) CHECK(receive<std::vector<connection_status>>(p).get().size() == 2);
  CHECK(a.does.seen.size() == 2);  // for the first one, and for those who came meanwhile
  CHECK(b.does.seen.size() == 2);
}

TEST_CASE_FIXTURE(clustered, "an observer may ask and change nothing") {
  auto& a = add("a", {"alpha"});
  const auto eyes = system.spawn(
      actors::front, actors::front_args{a.commands, a.cluster, actors::access::questions, a.front});
  CHECK(ask<node_info>(eyes, hello_atom_v, "1").arrived);
  CHECK(ask<std::vector<connection_status>>(eyes, command::connections{}).get().size() == 1);
  CHECK(ask<connection_status>(eyes, command::status{"alpha"}).get().node == "a");
  CHECK(ask<std::vector<node_status>>(eyes, command::nodes{}).get().size() == 1);
  CHECK(ask<preview_result>(eyes, command::preview{"alpha", {}}).arrived);
  const auto before = a.does.seen;
  const auto forbidden = [](const error& e) { return e.code == errc::forbidden; };
  CHECK(forbidden(ask<run_record>(eyes, command::start{"alpha", {}}).failed));
  CHECK(forbidden(ask<run_record>(eyes, command::stop{"alpha", {}}).failed));
  CHECK(forbidden(ask<connection_status>(eyes, command::enable{"alpha"}).failed));
  CHECK(forbidden(ask<connection_status>(eyes, command::reset{"alpha"}).failed));
  CHECK(forbidden(ask<reload_report>(eyes, command::reload{}).failed));
  CHECK(forbidden(ask<std::uint32_t>(eyes, command::shutdown{false}).failed));
  CHECK(a.does.seen == before);
  caf::anon_send_exit(eyes, caf::exit_reason::kill);
}

namespace {

/// A dialler whose calls the test answers.
struct dialling : clustered {
  dialling() {
    us = &add("a", {});
    them = &add("b", {"beta"});
    door = system.spawn(actors::entrance, node_name("a"), node_info{"b", "1", 1, false},
                        them->cluster);
    actors::dialler_args args{
        .address = "tls:b:1",
        .own_name = "a",
        .version = "1",
        .cluster = us->cluster,
        .log = log::logger({}, us->written),
        .dial =
            [this](const std::string&, const std::stop_token&) {
              ++calls;
              if (refusal) throw failure(refusal);
              actors::dialled d{"b", nullptr, nullptr, [this] { ++completed; }};
              if (is_linked) return d;
              d.entrance = caf::actor_cast<caf::strong_actor_ptr>(door);
              d.tunnel = std::shared_ptr<void>(nullptr, [this](void*) { ++hung_up; });
              return d;
            },
        .is_linked = [this](const std::string&) { return is_linked; },
        .random = [] { return 1.0; },
        .stop = {}};
    subject = system.spawn(actors::dialler, std::move(args));
  }
  ~dialling() {
    caf::anon_send_exit(subject, caf::exit_reason::kill);
    caf::anon_send_exit(door, caf::exit_reason::kill);
    run();
  }

  member* us;
  member* them;
  entrance_actor door;
  dialler_actor subject;
  error refusal;
  bool is_linked = false;
  int calls = 0;
  int completed = 0;
  int hung_up = 0;
};

}  // namespace

TEST_CASE_FIXTURE(dialling, "a dialler links the nodes, and again after the other one was lost") {
  run();
  CHECK(calls == 1);
  CHECK(completed == 1);
  CHECK(ask<connection_status>(us->front, command::status{"beta"}).get().node == "b");
  CHECK(ask<std::vector<node_status>>(us->front, command::nodes{}).get()[1].address == "tls:b:1");
  advance(std::chrono::hours{1});
  CHECK(calls == 1);

  refusal = {errc::unreachable, "link with node", "tls:b:1", "connection refused", ""};
  caf::anon_send_exit(them->cluster, caf::exit_reason::kill);
  run();
  CHECK(hung_up == 1);
  advance(200ms);
  CHECK(calls == 2);
}

TEST_CASE_FIXTURE(dialling, "failed attempts become rarer, are told once, and end with an answer") {
  refusal = {errc::unreachable, "link with node", "tls:b:1", "connection refused", ""};
  run();
  CHECK(calls == 1);
  advance(199ms);
  CHECK(calls == 1);
  // Once may be nothing but the other one starting, or dialling this one.
  CHECK(us->written.str().empty());
  advance(1ms);
  CHECK(calls == 2);
  for (int i = 0; i < 3600; ++i) advance(1s);
  CHECK(calls > 350);
  CHECK(calls < 370);
  const auto written = us->written.str();
  CHECK(written.find("connection refused") != std::string::npos);
  CHECK(written.find("connection refused") == written.rfind("connection refused"));
  CHECK(ask<std::vector<node_status>>(us->front, command::nodes{}).get()[0].link ==
        link_state::self);
  refusal = {};
  for (int i = 0; i < 11; ++i) advance(1s);
  CHECK(ask<connection_status>(us->front, command::status{"beta"}).get().node == "b");
  // After a link, attempts are frequent again.
  refusal = {errc::unreachable, "link with node", "tls:b:1", "connection refused", ""};
  caf::anon_send_exit(them->cluster, caf::exit_reason::kill);
  run();
  const auto before = calls;
  advance(200ms);
  advance(200ms);
  CHECK(calls == before + 2);
}

TEST_CASE_FIXTURE(dialling, "a dialler leaves a link alone that the other node made") {
  is_linked = true;
  run();
  CHECK(calls == 1);  // to learn who is there
  for (int i = 0; i < 60; ++i) advance(1s);
  CHECK(calls == 1);
  is_linked = false;
  advance(1s);
  CHECK(calls == 2);
  CHECK(completed == 1);
}
