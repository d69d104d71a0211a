// Nodes of a cluster, all in one actor system on virtual time: a link is lost when the actors at
// its other end end.
#include "actors/cluster/cluster.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "actors/cluster/dialler.hpp"
#include "actors/cluster/front.hpp"
#include "actors/cluster/observer_front.hpp"
#include "actors/delivery/deliveries.hpp"
#include "messages/handlers.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// What a node's own actor does in these tests.
struct script {
  std::vector<std::string> connections;
  bool silent = false;
  /// Commands that arrived, with their first argument.
  std::vector<std::string> seen;
  std::vector<std::string> urgent;  ///< those of them that went before others
  std::uint32_t samples = 0;        ///< that a preview was asked for
  std::size_t askers_lost = 0;
};

struct own_state {
  std::vector<caf::response_promise> unanswered;
};
using own_actor = node_actor::stateful_pointer<own_state>;

template <class T>
caf::result<T> reply(own_actor self, script& s, const std::string& command, T value) {
  s.seen.push_back(command);
  if (self->current_mailbox_element()->mid.is_urgent_message()) s.urgent.push_back(command);
  if (!s.silent) return value;
  self->set_down_handler([&s](const caf::down_msg&) { ++s.askers_lost; });
  if (self->current_sender()) self->monitor(self->current_sender());
  self->state.unanswered.push_back(self->make_response_promise());
  return caf::delegated<T>{};
}

connection_status status_of(const std::string& connection, const std::string& node) {
  connection_status s;
  s.connection = connection;
  s.node = node;
  return s;
}

node_actor::behavior_type own(own_actor self, const std::string& name, script* s) {
  install_handlers(*self, "answer", name);
  const auto run = [](const std::string& connection) {
    run_record r;
    r.connection = connection;
    return r;
  };
  return {
      [=](hello_atom, const std::string&) {
        return node_info{name, "1", 1, false};
      },
      [=](list_atom) {
        std::vector<connection_status> all;
        for (const auto& c : s->connections) all.push_back(status_of(c, name));
        return reply(self, *s, "list", std::move(all));
      },
      [=](start_atom, const std::string& c, const start_options&) {
        return reply(self, *s, "start " + c, run(c));
      },
      [=](stop_atom, const std::string& c, const stop_options&) {
        return reply(self, *s, "stop " + c, run(c));
      },
      [=](await_atom, const std::string& c, const std::string&, std::uint32_t) {
        return reply(self, *s, "await " + c, run(c));
      },
      [=](status_atom, const std::string& c) {
        return reply(self, *s, "status " + c, status_of(c, name));
      },
      [=](runs_atom, const std::string& c, std::uint32_t, const std::string&) {
        return reply(self, *s, "runs " + c, std::vector<run_record>{});
      },
      [=](rejected_atom, const std::string& c, std::uint32_t) {
        return reply(self, *s, "rejected " + c, std::vector<rejected_row>{});
      },
      [=](enable_atom, const std::string& c, bool) {
        return reply(self, *s, "enable " + c, status_of(c, name));
      },
      [=](reset_atom, const std::string& c) {
        return reply(self, *s, "reset " + c, status_of(c, name));
      },
      [=](preview_atom, const std::string& c, const preview_options& options) {
        s->samples = options.samples;
        return reply(self, *s, "preview " + c, preview_result{});
      },
      [=](reload_atom) { return reply(self, *s, "reload", reload_report{}); },
      [=](shutdown_atom, bool) { return reply(self, *s, "shutdown", std::uint32_t{0}); },
  };
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

  member& add(const std::string& name, std::vector<std::string> connections,
              std::map<std::string, std::string> elsewhere = {}) {
    auto& m = *(members[name] = std::make_unique<member>());
    m.does.connections = connections;
    m.commands = system.spawn(own, name, &m.does);
    m.deliveries =
        system.spawn(actors::deliveries,
                     std::make_shared<actors::deliveries_args>(actors::deliveries_args{{}, false}));
    auto args = std::make_shared<actors::cluster_args>(actors::cluster_args{
        cluster::roster({{name, "1", 1, false}, timestamp{}, {}}, {}), m.commands, m.deliveries,
        log::logger({}, m.written), [this] { return now; },
        [&m](const std::string& node) { m.cuts.push_back(node); }});
    args->roster.configure(std::move(connections), std::move(elsewhere));
    m.cluster = system.spawn(actors::cluster_node, std::move(args));
    m.front = system.spawn(actors::front, m.commands, m.cluster);
    run();
    return m;
  }
  /// `from` has dialled `to`.
  void link(const std::string& from, const std::string& to) {
    const auto us = ask<introduction>(members[from]->cluster, facts_atom_v).get();
    const auto door =
        system.spawn(actors::entrance, from, node_info{to, "1", 1, false}, members[to]->cluster);
    const auto them = ask<introduction>(door, join_atom_v, us).get();
    caf::anon_send(members[from]->cluster, linked_atom_v, them);
    caf::anon_send_exit(door, caf::exit_reason::kill);
    run();
  }

  std::map<std::string, std::unique_ptr<member>> members;
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
    CHECK(ask<connection_status>(m->front, status_atom_v, "alpha").get().node == "a");
    CHECK(ask<connection_status>(m->front, status_atom_v, "beta").get().node == "b");
  }
  CHECK(ask<run_record>(a.front, start_atom_v, "beta", start_options{}).get().connection == "beta");
  CHECK(ask<run_record>(a.front, stop_atom_v, "beta", stop_options{}).arrived);
  CHECK(ask<run_record>(a.front, await_atom_v, "beta", "1", std::uint32_t{5}).arrived);
  CHECK(ask<std::vector<run_record>>(a.front, runs_atom_v, "beta", std::uint32_t{1}, "").arrived);
  CHECK(ask<std::vector<rejected_row>>(a.front, rejected_atom_v, "beta", std::uint32_t{1}).arrived);
  CHECK(ask<connection_status>(a.front, enable_atom_v, "beta", false).arrived);
  CHECK(ask<connection_status>(a.front, reset_atom_v, "beta").arrived);
  CHECK(ask<preview_result>(a.front, preview_atom_v, "beta", preview_options{}).arrived);
  CHECK(b.does.seen == std::vector<std::string>{"status beta", "status beta", "start beta",
                                                "stop beta", "await beta", "runs beta",
                                                "rejected beta", "enable beta", "reset beta",
                                                "preview beta"});
  CHECK(ask<connection_status>(a.front, status_atom_v, "gamma").failed.code ==
        errc::unknown_connection);
}

TEST_CASE_FIXTURE(clustered, "what concerns a node alone is asked of that node alone") {
  auto& a = add("a", {});
  auto& b = add("b", {});
  link("a", "b");
  CHECK(ask<node_info>(a.front, hello_atom_v, "1").get().name == "a");
  CHECK(ask<reload_report>(a.front, reload_atom_v).arrived);
  CHECK(ask<std::uint32_t>(a.front, shutdown_atom_v, true).arrived);
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
  CHECK(places(ask<std::vector<connection_status>>(a.front, list_atom_v).get()) ==
        decltype(places({})){{"b", "b"}, {"c", "c"}, {"m", "a"}, {"z", "b"}});
  b.end();
  run();
  const auto listed = ask<std::vector<connection_status>>(a.front, list_atom_v).get();
  CHECK(places(listed) == decltype(places({})){{"b", "b"}, {"c", "c"}, {"m", "a"}, {"z", "b"}});
  CHECK(listed[0].state == connection_state::unreachable);
  CHECK(listed[1].state == connection_state::idle);
}

TEST_CASE_FIXTURE(clustered, "a node that is lost before it answers is reported at once") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  auto pending = send_request(a.front, start_atom_v, "beta", start_options{});
  run();
  CHECK_FALSE(receive<run_record>(pending).arrived);
  b.end();
  run();
  const auto failed = receive<run_record>(pending).failed;
  CHECK(failed.code == errc::unreachable);
  CHECK(failed.hint.find("not known") != std::string::npos);
  CHECK(ask<connection_status>(a.front, status_atom_v, "beta").failed.code == errc::unreachable);
}

TEST_CASE_FIXTURE(clustered, "a node that is silent is reported after a time-out") {
  auto& a = add("a", {"alpha"});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  auto pending = send_request(a.front, status_atom_v, "beta");
  run();
  advance(4s);
  CHECK_FALSE(receive<connection_status>(pending).arrived);
  advance(2s);
  CHECK(receive<connection_status>(pending).failed.code == errc::timed_out);
  // An await is given the time that it asks for, too.
  auto awaiting = send_request(a.front, await_atom_v, "beta", "1", std::uint32_t{60'000});
  run();
  advance(60s);
  CHECK_FALSE(receive<run_record>(awaiting).arrived);
  advance(6s);
  CHECK(receive<run_record>(awaiting).failed.code == errc::timed_out);

  auto listing = send_request(a.front, list_atom_v);
  run();
  advance(6s);
  const auto listed = receive<std::vector<connection_status>>(listing).get();
  REQUIRE(listed.size() == 2);
  CHECK(listed[1].connection == "beta");
  CHECK(listed[1].state == connection_state::unreachable);
}

TEST_CASE_FIXTURE(clustered, "a node learns that whoever asked it through another one has gone") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  b.does.silent = true;
  const auto asker = system.spawn([front = a.front](caf::event_based_actor* me) {
    me->request(front, caf::infinite, preview_atom_v, std::string{"beta"}, preview_options{})
        .then([](const preview_result&) {});
  });
  run();
  REQUIRE(b.does.seen.size() == 1);
  advance(std::chrono::hours{1});
  CHECK(b.does.askers_lost == 0);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  run();
  CHECK(b.does.askers_lost == 1);
}

TEST_CASE_FIXTURE(clustered,
                  "a change of what a node runs reaches the others, a stranger's does not") {
  auto& a = add("a", {});
  auto& b = add("b", {"beta"});
  link("a", "b");
  caf::anon_send(a.cluster, update_atom_v, std::string{"b"}, std::vector<std::string>{"forged"});
  run();
  CHECK(ask<connection_status>(a.front, status_atom_v, "forged").failed.code ==
        errc::unknown_connection);
  caf::anon_send(b.cluster, update_atom_v, std::vector<std::string>{"new"},
                 std::map<std::string, std::string>{});
  run();
  CHECK(ask<connection_status>(a.front, status_atom_v, "new").get().node == "b");
  CHECK(ask<connection_status>(a.front, status_atom_v, "beta").failed.code ==
        errc::unknown_connection);
}

TEST_CASE_FIXTURE(clustered, "a linked node that knocks again is cut off unless it still answers") {
  auto& a = add("a", {});
  auto& b = add("b", {});
  link("a", "b");
  caf::anon_send(a.cluster, probe_atom_v, std::string{"b"});
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
  caf::anon_send(a.cluster, probe_atom_v, std::string{"b"});
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
    caf::anon_send(a.cluster, probe_atom_v, std::string{"b"});
    run();
  };
  const auto problem = [&] {
    return ask<std::vector<node_status>>(a.front, nodes_atom_v).get().at(1).problem;
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
  const auto enter = [&](const std::string& certified, const std::string& version) {
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
  ask<connection_status>(a.front, status_atom_v, "alpha");
  ask<run_record>(a.front, await_atom_v, "alpha", "1", std::uint32_t{5});
  ask<std::vector<connection_status>>(a.front, list_atom_v);
  ask<std::vector<run_record>>(a.front, runs_atom_v, "alpha", std::uint32_t{1}, "");
  ask<preview_result>(a.front, preview_atom_v, "alpha", preview_options{});
  CHECK(a.does.urgent.empty());
  ask<run_record>(a.front, start_atom_v, "alpha", start_options{});
  ask<run_record>(a.front, stop_atom_v, "alpha", stop_options{});
  ask<connection_status>(a.front, enable_atom_v, "alpha", false);
  ask<connection_status>(a.front, reset_atom_v, "alpha");
  ask<reload_report>(a.front, reload_atom_v);
  ask<std::uint32_t>(a.front, shutdown_atom_v, false);
  CHECK(a.does.urgent == std::vector<std::string>{"start alpha", "stop alpha", "enable alpha",
                                                  "reset alpha", "reload", "shutdown"});
}

TEST_CASE_FIXTURE(clustered, "those who ask for the list at the same time share the finding out") {
  auto& a = add("a", {"alpha"});
  auto& b = add("b", {"beta"});
  link("a", "b");
  std::vector<decltype(send_request(a.front, list_atom_v))> pending;
  for (int i = 0; i < 50; ++i) pending.push_back(send_request(a.front, list_atom_v));
  run();
  for (auto& p : pending) CHECK(receive<std::vector<connection_status>>(p).get().size() == 2);
  CHECK(a.does.seen.size() == 2);  // for the first one, and for those who came meanwhile
  CHECK(b.does.seen.size() == 2);
}

TEST_CASE_FIXTURE(clustered, "nobody gets more samples than a command asks for") {
  auto& a = add("a", {"alpha"});
  ask<preview_result>(a.front, preview_atom_v, "alpha", preview_options{false, 4'000'000'000});
  CHECK(a.does.samples == 100);
  ask<preview_result>(a.front, preview_atom_v, "alpha", preview_options{false, 7});
  CHECK(a.does.samples == 7);
}

TEST_CASE_FIXTURE(clustered, "an observer may ask and change nothing") {
  auto& a = add("a", {"alpha"});
  const auto eyes = system.spawn(actors::observer_front, a.front);
  CHECK(ask<node_info>(eyes, hello_atom_v, "1").arrived);
  CHECK(ask<std::vector<connection_status>>(eyes, list_atom_v).get().size() == 1);
  CHECK(ask<connection_status>(eyes, status_atom_v, "alpha").get().node == "a");
  CHECK(ask<std::vector<node_status>>(eyes, nodes_atom_v).get().size() == 1);
  CHECK(ask<preview_result>(eyes, preview_atom_v, "alpha", preview_options{}).arrived);
  const auto before = a.does.seen;
  const auto forbidden = [](const error& e) { return e.code == errc::forbidden; };
  CHECK(forbidden(ask<run_record>(eyes, start_atom_v, "alpha", start_options{}).failed));
  CHECK(forbidden(ask<run_record>(eyes, stop_atom_v, "alpha", stop_options{}).failed));
  CHECK(forbidden(ask<connection_status>(eyes, enable_atom_v, "alpha", true).failed));
  CHECK(forbidden(ask<connection_status>(eyes, reset_atom_v, "alpha").failed));
  CHECK(forbidden(ask<reload_report>(eyes, reload_atom_v).failed));
  CHECK(forbidden(ask<std::uint32_t>(eyes, shutdown_atom_v, false).failed));
  CHECK(a.does.seen == before);
  caf::anon_send_exit(eyes, caf::exit_reason::kill);
}

namespace {

/// A dialler whose calls the test answers.
struct dialling : clustered {
  dialling() {
    us = &add("a", {});
    them = &add("b", {"beta"});
    door = system.spawn(actors::entrance, "a", node_info{"b", "1", 1, false}, them->cluster);
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
  CHECK(ask<connection_status>(us->front, status_atom_v, "beta").get().node == "b");
  CHECK(ask<std::vector<node_status>>(us->front, nodes_atom_v).get()[1].address == "tls:b:1");
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
  CHECK(ask<std::vector<node_status>>(us->front, nodes_atom_v).get()[0].link == link_state::self);
  refusal = {};
  for (int i = 0; i < 11; ++i) advance(1s);
  CHECK(ask<connection_status>(us->front, status_atom_v, "beta").get().node == "b");
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
