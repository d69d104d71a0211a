#include "actors/node/node.hpp"

#include <doctest/doctest.h>

#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using names = std::vector<connection_name>;

namespace {

/// A node with the connections `customers`, which can run, and `orders`, which is not run here.
class node_fixture : test::hundred_rows, public test::connection_fixture {
 public:
  node_fixture() : test::connection_fixture(static_cast<test::hundred_rows&>(*this)) {
    next.connections = {{"customers", services}, {"orders", named("orders")}};
    actors::node_args args;
    args.info = {"test", "1", 1, false};
    args.connections = next.connections;
    args.catalog = catalog;
    args.slots = slots;
    args.succession = succession;
    args.read_configuration = [this] {
      ++readings;
      return next;
    };
    args.reloaded = [this](const reload_report& report) { told.push_back(report); };
    args.draining = [this](names connections) { draining = std::move(connections); };
    node = system.spawn(actors::node, std::move(args));
    run();
  }
  ~node_fixture() {
    ask<std::uint32_t>(node, command::shutdown{true});
    run();
  }

  using change = std::function<void(sluice::config::connection_config&)>;
  /// What `customers` has, under another name or changed.
  [[nodiscard]] std::shared_ptr<const actors::run_services> named(
      const connection_name& name, const change& how = [](auto&) {}) const {
    auto made = *services;
    made.config.name = name;
    how(made.config);
    return std::make_shared<const actors::run_services>(std::move(made));
  }
  /// The answer as soon as it is there: runs stay where they are.
  template <class T, class... Args>
  test::answer<T> promptly(Args&&... args) {
    auto pending = send_request(node, std::forward<Args>(args)...);
    run_until([&] { return self->has_next_message(); });
    return receive<T>(pending);
  }
  reload_report reload() { return promptly<reload_report>(command::reload{}).get(); }
  names connections() {
    names found;
    const auto listed = promptly<std::vector<connection_status>>(command::connections{});
    for (const auto& c : listed.get()) found.push_back(c.connection);
    return found;
  }
  test::answer<connection_status> status_of(const connection_name& connection) {
    return promptly<connection_status>(command::status{connection});
  }
  /// The supervisor of a connection dies of something that nobody foresaw.
  void kill(const connection_name& connection, bool all = true) {
    auto* const body =
        static_cast<caf::stateful_actor<actors::node_state, actors::own_node_actor::base>*>(
            caf::actor_cast<caf::abstract_actor*>(node));
    caf::anon_send<caf::message_priority::high>(
        caf::actor_cast<caf::actor>(body->state.supervisors.at(connection)),
        caf::exit_msg{nullptr, caf::exit_reason::kill});
    if (all) run();
  }
  run_id begin_run() {
    return promptly<run_record>(command::start{"customers", {}}, waiting{}).get().run;
  }

  actors::new_configuration next;
  std::vector<reload_report> told;
  names draining;
  int readings = 0;
  node_actor node;
};

}  // namespace

TEST_CASE_FIXTURE(node_fixture, "a reload applies the difference and tells it") {
  CHECK(connections() == names{"customers", "orders"});
  next.connections = {
      {"customers", named("customers", [](auto& c) { c.mode = sync_mode::upsert; })},
      {"returns", named("returns")}};
  next.warnings = {"state_dir: only a restart applies it"};
  const auto report = reload();
  CHECK(report.added == names{"returns"});
  CHECK(report.removed == names{"orders"});
  CHECK(report.changed == names{"customers"});
  CHECK(report.restarting.empty());
  CHECK(report.unchanged == 0);
  CHECK(report.warnings == next.warnings);
  REQUIRE(told.size() == 1);
  CHECK(told[0].added == report.added);
  run();
  CHECK(connections() == names{"customers", "returns"});
  CHECK(status_of("orders").failed.code == errc::unknown_connection);
  begin_run();
  run();
  CHECK(status_of("customers").get().run->mode == sync_mode::upsert);

  CHECK(reload().unchanged == 2);
}

TEST_CASE_FIXTURE(node_fixture, "a reload of an invalid configuration changes nothing") {
  next.connections.clear();
  next.problems = {"orders.json: /mode: must be a string"};
  CHECK(reload().problems == next.problems);
  REQUIRE(told.size() == 1);
  CHECK(told[0].problems == next.problems);
  run();
  CHECK(connections() == names{"customers", "orders"});
}

TEST_CASE_FIXTURE(node_fixture, "a reload is refused while another one is under way") {
  next.connections["customers"] = named("customers", [](auto& c) { c.mode = sync_mode::upsert; });
  auto first = send_request(node, command::reload{});
  const auto second = promptly<reload_report>(command::reload{});
  CHECK(second.failed.code == errc::usage);
  CHECK(readings == 1);
  run();
  CHECK(receive<reload_report>(first).get().changed == names{"customers"});
  CHECK(reload().unchanged == 2);
}

TEST_CASE_FIXTURE(node_fixture, "a reload stops the run whose rows come from elsewhere now") {
  const auto active = begin_run();
  next.connections["customers"] =
      named("customers", [](auto& c) { c.source.table = "customers_2"; });
  CHECK(reload().restarting == names{"customers"});
  run();
  const auto ended = status_of("customers").get().run;
  CHECK(ended->run == active);
  CHECK(ended->state == run_state::stopped);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a connection that is removed drains, and comes back only when it is done") {
  const auto present = next.connections;
  begin_run();
  next.connections.erase("customers");
  CHECK(reload().removed == names{"customers"});
  CHECK(status_of("customers").get().leaving);
  next.connections = present;
  CHECK(reload().added == names{"customers"});
  // Its old run drains yet: a second supervisor beside it could run the same connection twice.
  CHECK(reload().unchanged == 2);
  run();
  const auto status = status_of("customers").get();
  CHECK_FALSE(status.leaving);
  CHECK(status.state == connection_state::idle);
  CHECK(status.run->state == run_state::stopped);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a connection that is removed again before it is back stays removed") {
  const auto present = next.connections;
  begin_run();
  next.connections.erase("customers");
  reload();
  next.connections = present;
  reload();
  next.connections.erase("customers");
  CHECK(reload().removed == names{"customers"});
  run();
  CHECK(status_of("customers").failed.code == errc::unknown_connection);
  CHECK(connections() == names{"orders"});
}

TEST_CASE_FIXTURE(node_fixture,
                  "a removed connection that answers too late does not end the node") {
  next.connections.erase("orders");
  reload();
  // The machine sleeps before the connection has read that it is to end.
  advance(std::chrono::hours{1});
  CHECK(status_of("orders").failed.code == errc::unknown_connection);
  CHECK(connections() == names{"customers"});
}

TEST_CASE_FIXTURE(node_fixture, "the cluster is told of what drains after it was removed") {
  begin_run();
  next.connections.erase("customers");
  reload();
  CHECK(draining == names{"customers"});
  CHECK(status_of("customers").get().leaving);
  run();
  CHECK(draining.empty());
  CHECK(status_of("customers").failed.code == errc::unknown_connection);
}

TEST_CASE_FIXTURE(node_fixture, "a connection comes back as it is configured last") {
  begin_run();
  next.connections.erase("customers");
  reload();
  next.connections["customers"] = services;
  reload();
  next.connections["customers"] = named("customers", [](auto& c) { c.mode = sync_mode::upsert; });
  CHECK(reload().changed == names{"customers"});
  run();
  begin_run();
  run();
  CHECK(status_of("customers").get().run->mode == sync_mode::upsert);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a connection whose supervisor died is listed, says why, and is taken up again") {
  kill("orders");
  CHECK(connections() == names{"customers", "orders"});
  const auto blocked = status_of("orders").get();
  CHECK(blocked.blocked.operation == "supervise");
  CHECK(blocked.blocked.hint.find("in 1 s") != std::string::npos);
  CHECK(blocked.restarts == 1);
  CHECK(promptly<run_record>(command::start{"orders", {}}, waiting{}).failed.operation ==
        "supervise");
  advance(1s);
  CHECK_FALSE(status_of("orders").get().blocked);
  CHECK(status_of("orders").get().restarts == 1);
  CHECK_FALSE(status_of("customers").get().blocked);
}

TEST_CASE_FIXTURE(node_fixture, "a reload takes up a connection at once whose supervisor died") {
  kill("orders");
  CHECK(reload().added == names{"orders"});
  run();
  CHECK_FALSE(status_of("orders").get().blocked);
  advance(1s);  // what was to take it up by itself finds it supervised
  CHECK(status_of("orders").get().restarts == 1);
}

TEST_CASE_FIXTURE(node_fixture, "a supervisor that dies at once again does not spin") {
  kill("orders");
  for (const auto rest : {1s, 2s, 4s, 8s}) {
    CAPTURE(rest.count());
    advance(rest - 100ms);
    CHECK(status_of("orders").get().blocked);
    advance(100ms);
    CHECK_FALSE(status_of("orders").get().blocked);
    kill("orders");
  }
  // One that has lived is taken up soon.
  advance(16s);
  advance(10min);
  kill("orders");
  advance(1s);
  CHECK_FALSE(status_of("orders").get().blocked);
  CHECK(status_of("orders").get().restarts == 6);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a run whose supervisor died ends as interrupted, and the next one goes on") {
  const auto lost = begin_run();
  kill("customers", false);
  run();
  advance(1s);
  const auto after = status_of("customers").get();
  REQUIRE(after.run);
  CHECK(after.run->run == lost);
  CHECK(after.run->state == run_state::interrupted);
  CHECK(after.next_type == run_type::full);
  const auto next_run = begin_run();
  run();
  const auto last = status_of("customers").get();
  CHECK(last.run->run == next_run);
  CHECK(last.run->state == run_state::succeeded);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a node that ends counts its runs, drains them and accepts nothing") {
  begin_run();
  CHECK(promptly<std::uint32_t>(command::shutdown{false}).get() == 1);
  CHECK(promptly<node_info>(hello_atom_v, std::string{"1"}).get().ending);
  CHECK(promptly<reload_report>(command::reload{}).failed.code == errc::shutting_down);
  self->monitor(node);
  run();
  REQUIRE(self->has_next_message());
  self->receive([&](const caf::down_msg& dm) { CHECK(dm.source == node.address()); });
}

TEST_CASE_FIXTURE(node_fixture,
                  "a node whose last connections are leaving answers before it ends") {
  next.connections.clear();
  reload();
  CHECK(promptly<std::uint32_t>(command::shutdown{false}).get() == 0);
}

TEST_CASE_FIXTURE(node_fixture, "a command of another version is told both versions") {
  const auto refused = promptly<node_info>(hello_atom_v, std::string{"0.9"}).failed;
  CHECK(refused.code == errc::unreachable);
  CHECK(refused.text().find("it is version 1, this command is version 0.9") != std::string::npos);
}
