// `sluice preview`: what it asks for, what it prints, how long it waits.
#include <doctest/doctest.h>
#include <signal.h>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(shim_fixture, "preview prints counts and samples on standard output") {
  const node_double node{where};
  const auto ended = shim({"preview", "customers"});
  CHECK(ended.exit_code == 0);
  CHECK(contains(ended.output, "would be incremental, mode mirror"));
  CHECK(contains(ended.output, R"({"op":"update"})"));
  CHECK(ended.errors.empty());
}

TEST_CASE_FIXTURE(shim_fixture, "preview with --json prints one document") {
  auto script = quiet_node();
  script.on<command::preview>() = [](const command::preview& command) {
    const auto& c = command.connection;
    preview_result p;
    p.connection = c;
    p.type = run_type::full;
    p.reason = "it is the first one";
    p.counters.read = p.counters.inserts = 3;
    p.rejected_retried = 1;
    p.samples = {{"insert", R"({"id":12345678901234567890})", "a line", ""},
                 {"read", "no json", "", "broken \xFF text"}};
    p.warnings = {"careful"};
    return p;
  };
  const node_double node{where, script};
  const auto ended = shim({"preview", "customers", "--json"});
  CHECK(contains(ended.output, "12345678901234567890"));
  const auto p = document_of(ended);
  CHECK(p.at("connection") == "customers");
  CHECK(p.at("type") == "full");
  CHECK(p.at("reason") == "it is the first one");
  CHECK(p.at("mode") == "upsert");
  for (const auto* const count : {"read", "unchanged", "invalid", "inserts", "updates", "deletes"})
    CHECK(p.at(count).is_number());
  CHECK(p.at("inserts") == 3);
  CHECK(p.at("rejected_retried") == 1);
  CHECK(p.at("guarded").is_null());
  CHECK(p.at("warnings").at(0) == "careful");
  REQUIRE(p.at("samples").size() == 2);
  CHECK(p.at("samples").at(0).at("rendered") == "a line");
  CHECK(p.at("samples").at(1).at("rendered").is_null());
  CHECK(p.at("samples").at(1).at("key") == "no json");
}

TEST_CASE_FIXTURE(shim_fixture, "the options of preview reach the node") {
  noted seen;
  auto script = quiet_node();
  script.on<command::preview>() = [&](const command::preview& command) {
    const auto& c = command.connection;
    const auto& o = command.how;
    seen.add(c + (o.full ? " full " : " ") + std::to_string(o.samples));
    return preview_result{};
  };
  const node_double node{where, script};
  shim({"preview", "a"});
  shim({"preview", "b", "--full", "--limit", "0"});
  CHECK(seen.all() == std::vector<std::string>{"a 5", "b full 0"});
  CHECK(shim({"preview", "a", "--limit", "101"}).exit_code == 2);
}

TEST_CASE_FIXTURE(shim_fixture, "a preview that fails or is refused says so with its exit code") {
  auto script = quiet_node();
  script.on<command::preview>() = [](const command::preview& command) -> preview_result {
    const auto& c = command.connection;
    if (c == "busy") throw failure(errc::already_running, "preview", c, "another one");
    throw failure(errc::source_failed, "read model", c, "no such table");
  };
  const node_double node{where, script};
  CHECK(shim({"preview", "busy"}).exit_code == 4);
  const auto ended = shim({"preview", "customers"});
  CHECK(ended.exit_code == 1);
  CHECK(contains(ended.errors, "no such table"));
}

TEST_CASE_FIXTURE(shim_fixture, "an unanswered preview ends after --timeout, if there is one") {
  auto script = quiet_node();
  script.on<command::preview>() = [](const command::preview&) {
    return std::optional<preview_result>{};
  };
  const node_double node{where, script};
  CHECK(shim({"preview", "customers", "--timeout", "300ms"}).exit_code == 3);
}
