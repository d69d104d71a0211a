// The commands that only look, and shutdown: what they print and how they fail.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>

#include "runtime/net/unix_socket.hpp"
#include "tests/runtime/cli/shim_fixture.hpp"
#include "tests/support/sanitizer.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

run_id history_id(std::uint32_t number) {
  auto digits = std::to_string(number);
  return run_id("01JD" + std::string(22 - digits.size(), '0') + digits);
}

/// A node whose connection has had so many runs, which it lists as a catalog would.
node_script long_history(std::uint32_t runs) {
  auto script = quiet_node();
  script.on<command::runs>() = [runs](const command::runs& command) {
    const auto limit = command.which.limit;
    const auto& before = command.which.before;
    const auto newest =
        before.empty() ? runs : static_cast<std::uint32_t>(std::stoul(before.text().substr(4))) - 1;
    run_list page;
    for (auto i = newest; i > 0 && page.runs.size() < std::min(limit, most_runs_listed); --i) {
      page.runs.push_back(quiet_run());
      page.runs.back().run = history_id(i);
    }
    return page;
  };
  return script;
}

/// The most memory that a program which this one ran and awaited has ever had, in KiB.
long memory_of_children() {
  rusage used{};
  REQUIRE(::getrusage(RUSAGE_CHILDREN, &used) == 0);
  return used.ru_maxrss;
}

}  // namespace

TEST_CASE_FIXTURE(shim_fixture, "queries print text for people on standard output alone") {
  const node_double node{where};
  for (const auto& [arguments, part] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"status", "customers"}, "100,000 rows acknowledged"},
           {{"connections"}, "CONNECTION"},
           {{"runs", "customers"}, "01JD0000000000000000000001"},
           {{"rejected", "customers"}, "no rejected rows"},
           {{"shutdown"}, "node double shuts down"}}) {
    CAPTURE(arguments);
    const auto ended = shim(arguments);
    CHECK(ended.exit_code == 0);
    CHECK(contains(ended.output, part));
    CHECK(ended.errors.empty());
    CHECK_FALSE(contains(ended.output, "\x1b"));
  }
}

TEST_CASE_FIXTURE(shim_fixture, "queries with --json print one document") {
  auto script = quiet_node();
  script.on<command::rejected>() = [](const command::rejected&) {
    return rejected_list{
        .rows = {rejected_row{R"({"id":1})", "insert", "broken \xFF text", 2, {}, {}}}};
  };
  const node_double node{where, script};
  const auto status = document_of(shim({"status", "customers", "--json"}));
  CHECK(status.at("connection") == "customers");
  CHECK(status.at("run").at("state") == "succeeded");
  CHECK(document_of(shim({"connections", "--json"})).at(0).at("ledger_rows") == 100'000);
  CHECK(document_of(shim({"runs", "customers", "--json"})).at(0).at("delivered") == 100'000);
  CHECK(document_of(shim({"rejected", "customers", "--json"})).at(0).at("key").at("id") == 1);
  CHECK(document_of(shim({"shutdown", "--json"})).at("active") == 0);
}

TEST_CASE_FIXTURE(shim_fixture,
                  "limits reach the node and a full list says that there may be more") {
  auto script = quiet_node();
  script.on<command::runs>() = [](const command::runs& command) {
    const auto limit = command.which.limit;
    return run_list{std::vector<run_record>(limit, quiet_run())};
  };
  const node_double node{where, script};
  const auto ended = shim({"runs", "customers", "--limit", "3"});
  CHECK(std::count(ended.output.begin(), ended.output.end(), '\n') == 4);
  CHECK(contains(ended.errors, "--limit shows more"));
  CHECK(document_of(shim({"runs", "customers", "--json"})).size() == 20);
}

TEST_CASE_FIXTURE(shim_fixture, "a history of any length is one document in bounded memory") {
  constexpr std::uint32_t runs = 60'250;  // ends in the middle of a page
  const node_double node{where, long_history(runs)};
  static_cast<void>(shim({"runs", "customers", "--limit", "500", "--json"}));
  const auto short_list = memory_of_children();
  const auto all = shim({"runs", "customers", "--all", "--json"});
  if (!memory_is_the_sanitizers) CHECK(memory_of_children() < short_list + (12L << 10));
  CHECK(all.output.size() > (30u << 20));
  CHECK(all.exit_code == 0);
  CHECK(all.errors.empty());
  const auto document = document_of(all);
  REQUIRE(document.size() == runs);
  for (std::uint32_t i = 0; i < runs; ++i) REQUIRE(document[i].at("run") == history_id(runs - i));
}

TEST_CASE_FIXTURE(shim_fixture, "a limit may end anywhere in the pages of a history") {
  const node_double node{where, long_history(1000)};
  for (const std::size_t limit : {1, 499, 500, 501, 999, 1000})
    CHECK(document_of(shim({"runs", "customers", "--json", "--limit", std::to_string(limit)}))
              .size() == limit);
  CHECK(document_of(shim({"runs", "customers", "--json", "--limit", "1000000000000"})).size() ==
        1000);
  CHECK(shim({"runs", "customers", "--all", "--limit", "3"}).exit_code == 2);
  CHECK(shim({"runs", "customers", "--limit", "0"}).exit_code == 2);
  const auto text = shim({"runs", "customers", "--all"});
  CHECK(std::count(text.output.begin(), text.output.end(), '\n') == 2 * 501 + 1);
  CHECK(text.errors.empty());
  CHECK(contains(shim({"runs", "customers", "--limit", "501"}).errors, "the latest 501"));
}

TEST_CASE_FIXTURE(shim_fixture, "no runs are an empty array") {
  const node_double node{where, long_history(0)};
  CHECK(document_of(shim({"runs", "customers", "--all", "--json"})).empty());
  CHECK(contains(shim({"runs", "customers"}).output, "no runs yet"));
}

TEST_CASE_FIXTURE(shim_fixture, "a list that breaks off does not look as if it were complete") {
  auto script = long_history(2000);
  script.on<command::runs>() = [whole = script.on<command::runs>()](const command::runs& command) {
    if (command.which.before == history_id(1001))
      throw failure(errc::catalog_failed, "list runs", command.connection, "disk on fire", "");
    return whole(command);
  };
  const node_double node{where, script};
  const auto ended = shim({"runs", "customers", "--all", "--json"});
  CHECK(ended.exit_code == shim({"runs", "customers", "--json", "--limit", "2000"}).exit_code);
  CHECK(ended.exit_code == 1);
  CHECK_FALSE(nlohmann::json::accept(ended.output));
  CHECK_FALSE(contains(ended.output, "disk on fire"));
  CHECK(contains(ended.errors, "disk on fire"));
}

TEST_CASE_FIXTURE(shim_fixture, "an unknown connection is exit code 5 everywhere") {
  const node_double node{where};
  for (const auto* command : {"status", "runs", "rejected", "sync"})
    CHECK(shim({command, "nobody"}).exit_code == 5);
  const auto ended = shim({"status", "nobody", "--json"});
  CHECK(ended.exit_code == 5);
  CHECK(document_of(ended).at("error").at("code") == "unknown_connection");
}

TEST_CASE_FIXTURE(shim_fixture, "an absent node is exit code 3 at once") {
  const auto begin = clock_type::now();
  const auto ended = shim({"status", "customers"});
  CHECK(clock_type::now() - begin < 5s);  // the time-out is 10 s
  CHECK(ended.exit_code == 3);
  CHECK(contains(ended.errors, "no node listens there"));
  CHECK(contains(ended.errors, "sluice node --config"));
}

TEST_CASE_FIXTURE(shim_fixture, "a node that never answers is exit code 3 after the time-out") {
  auto script = quiet_node();
  script.on<command::status>() = nullptr;
  const node_double node{where, script};
  const auto begin = clock_type::now();
  const auto ended = shim({"status", "customers", "--timeout", "300ms", "--json"});
  CHECK(clock_type::now() - begin < 8s);
  CHECK(ended.exit_code == 3);
  const auto e = document_of(ended).at("error");
  CHECK(e.at("code") == "timed_out");
  CHECK(contains(e.at("message"), "no answer within 300 ms"));
  CHECK(contains(e.at("hint"), "frozen or overloaded"));
}

TEST_CASE_FIXTURE(shim_fixture, "a frozen process is exit code 3 and named") {
  process node{{.program = NODE_DOUBLE, .arguments = {where.text()}}};
  REQUIRE(node.wait_for_output("ready", 20s));
  node.signal(SIGSTOP);
  const auto ended = shim({"status", "customers", "--timeout", "300ms"});
  CHECK(ended.exit_code == 3);
  CHECK(contains(ended.errors, "process " + std::to_string(node.pid())));
}

TEST_CASE_FIXTURE(shim_fixture, "a node of another version is exit code 3") {
  auto script = quiet_node();
  script.version = "99.0.0";
  const node_double node{where, script};
  const auto ended = shim({"status", "customers"});
  CHECK(ended.exit_code == 3);
  CHECK(contains(ended.errors, "version 99.0.0"));
}

TEST_CASE_FIXTURE(shim_fixture, "shutdown tells what was active and passes --now on") {
  std::atomic<bool> abandoned = false;
  auto script = quiet_node();
  script.on<command::shutdown>() = [&](const command::shutdown& command) {
    abandoned = command.abandon;
    return 2U;
  };
  const node_double node{where, script};
  CHECK(contains(shim({"shutdown"}).output, "2 active runs drained first"));
  CHECK_FALSE(abandoned);
  CHECK(contains(shim({"shutdown", "--now"}).output, "2 active runs abandoned"));
  CHECK(abandoned);
}

TEST_CASE_FIXTURE(shim_fixture, "colours show on a terminal unless NO_COLOR is set") {
  const node_double node{where};
  auto colourful = command({"status", "customers"});
  colourful.on_terminal = true;
  CHECK(contains(run_program(colourful).output, "\x1b[32m"));
  colourful.environment["NO_COLOR"] = "1";
  CHECK_FALSE(contains(run_program(colourful).output, "\x1b"));
  colourful.environment["NO_COLOR"] = "";
  colourful.environment["TERM"] = "dumb";
  CHECK_FALSE(contains(run_program(colourful).output, "\x1b"));
}

TEST_CASE_FIXTURE(shim_fixture, "reasons of rejected rows are counted") {
  auto script = quiet_node();
  script.on<command::rejected>() = [](const command::rejected& command) {
    CHECK(command.which.by_reason);
    CHECK(command.which.limit == 50);
    return rejected_list{.reasons = {{"no such country", 1200, R"({"id":1})", {}},
                                     {"too long", 3, R"({"id":2})", {}}}};
  };
  const node_double node{where, script};
  const auto ended = shim({"rejected", "customers", "--reasons"});
  CHECK(contains(ended.output, "1,200"));
  CHECK(contains(ended.output, "no such country"));
  const auto document = document_of(shim({"rejected", "customers", "--reasons", "--json"}));
  CHECK(document.at(0).at("rows") == 1200);
  CHECK(document.at(1).at("key_text") == R"({"id":2})");
}

TEST_CASE_FIXTURE(shim_fixture, "rows of a run are listed over as many pages as it takes") {
  auto script = quiet_node();
  script.on<command::row_log>() = [](const command::row_log& command) {
    CHECK(command.which.run == "01JD");
    CHECK(command.which.outcome == "rejected");
    CHECK(command.which.text == "7");
    const auto& cursor = command.which.cursor;
    if (cursor.empty()) return row_log_page{{R"({"key":1})", R"({"key":2})"}, "20"};
    if (cursor == "20") return row_log_page{{}, "30"};
    return row_log_page{{R"({"key":3})"}, cursor == "30" ? "30" : ""};
  };
  const node_double node{where, script};
  const auto ended = shim({"rows", "customers", "01JD", "--outcome", "rejected", "--text", "7"});
  CHECK(ended.output == "{\"key\":1}\n{\"key\":2}\n{\"key\":3}\n");
  const auto document = document_of(
      shim({"rows", "customers", "01JD", "--outcome", "rejected", "--text", "7", "--json"}));
  CHECK(document.size() == 3);
  CHECK(shim({"rows", "customers"}).exit_code == 2);
  CHECK(shim({"rows", "customers", "01JD", "--outcome", "lost"}).exit_code == 2);
}

TEST_CASE_FIXTURE(shim_fixture, "the settings of a connection are shown as its node has them") {
  const node_double node{where};
  const auto ended = shim({"status", "customers", "--settings"});
  CHECK(contains(ended.output, "// /etc/sluice/customers.json\n"));
  CHECK(contains(ended.output, "// default"));
  const auto document = document_of(shim({"status", "customers", "--settings", "--json"}));
  CHECK(document.at("file") == "/etc/sluice/customers.json");
  CHECK(document.at("settings").at("mode") == "mirror");
  CHECK(document.at("defaults").at(0) == "/mode");
  CHECK(shim({"status", "nobody", "--settings"}).exit_code == 5);
}
