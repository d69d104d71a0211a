// `sluice sync`: starting, waiting, watching.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

run_record running(std::uint64_t read) {
  auto r = quiet_run();
  r.state = run_state::running;
  r.finished_at.reset();
  r.reading_halted_at.reset();
  r.started_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  r.counters = {.read = read, .inserts = read, .delivered = read / 2};
  return r;
}

/// A node whose run takes three questions: running, running, over.
node_script three_steps(run_record last) {
  auto script = quiet_node();
  auto asked = std::make_shared<std::atomic<int>>(0);
  script.on<command::start>() = [](const command::start&) { return running(0); };
  script.on<command::await>() = [asked, last](const command::await&) {
    switch (++*asked % 3) {
      case 1:
        return running(1'000);
      case 2:
        return running(2'000);
      default:
        return last;
    }
  };
  return script;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

}  // namespace

TEST_CASE_FIXTURE(shim_fixture, "sync prints the run's id alone on standard output") {
  const node_double node{where};
  const auto ended = shim({"sync", "customers"});
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == "01JD0000000000000000000001\n");
  CHECK(contains(ended.errors, "full run 01JD0000000000000000000001 started"));
  CHECK(document_of(shim({"sync", "customers", "--json"})).at("run") ==
        "01JD0000000000000000000001");
}

TEST_CASE_FIXTURE(shim_fixture, "the options of sync reach the node") {
  noted seen;
  auto script = quiet_node();
  script.on<command::start>() = [&](const command::start& command) {
    const auto& c = command.connection;
    const auto& o = command.how;
    seen.add(c + (o.full ? " full" : "") + (o.wait ? " wait" : "") +
             (o.allow_deletes ? " deletes" : ""));
    return quiet_run();
  };
  const node_double node{where, script};
  shim({"sync", "a"});
  shim({"sync", "b", "--full", "--allow-deletes"});
  shim({"sync", "c", "--wait"});
  shim({"sync", "d", "--watch"});
  CHECK(seen.all() == std::vector<std::string>{"a", "b full deletes", "c wait", "d wait"});
}

TEST_CASE_FIXTURE(shim_fixture, "what became of rows that are named is told row by row") {
  auto script = quiet_node();
  noted seen;
  script.on<command::start>() = [&](const command::start& command) {
    for (const auto key : command.how.rows.list()) seen.add(std::string(key));
    if (command.how.rows.limit > row_count{})
      seen.add("limit " + std::to_string(command.how.rows.limit.number()));
    CHECK(command.how.wait);
    return running(0);
  };
  script.on<command::await>() = [](const command::await&) { return quiet_run(); };
  script.on<command::row_log>() = [](const command::row_log&) {
    return row_log_page{
        {R"({"operation":"update","key":{"id":7},"outcome":"delivered"})",
         R"({"operation":"insert","key":{"id":8},"outcome":"rejected","status":422,)"
         R"("error":"no address"})"},
        {}};
  };
  const node_double node{where, script};
  const auto file = dir.path() / "keys";
  std::ofstream(file) << "{\"id\": 8}\n\n{\"id\": 9}\n";
  const auto ended = shim({"sync", "a", "--key", R"({"id": 7})", "--keys", file.string()});
  CHECK(seen.all() == std::vector<std::string>{R"({"id": 7})", R"({"id": 8})", R"({"id": 9})"});
  CHECK(contains(ended.output, "delivered update {\"id\":7}\n"));
  CHECK(contains(ended.output, "rejected insert {\"id\":8}: 422 no address\n"));
  CHECK(shim({"sync", "a", "--key", "{}", "--full"}).exit_code == 2);
  CHECK(shim({"sync", "a", "--key", "{}", "--limit", "1"}).exit_code == 2);
  CHECK(shim({"sync", "a", "--keys", "/nowhere"}).exit_code == 2);
}

TEST_CASE_FIXTURE(shim_fixture, "a run that its limit ended has done what was asked") {
  auto last = quiet_run();
  last.state = run_state::stopped;
  last.stopped_by = limit_reached;
  auto script = three_steps(last);
  const node_double node{where, script};
  CHECK(shim({"sync", "a", "--wait", "--limit", "5"}).exit_code == 0);
}

TEST_CASE_FIXTURE(shim_fixture, "each refusal to start is exit code 4") {
  for (const auto code :
       {errc::already_running, errc::draining, errc::disabled, errc::shutting_down}) {
    auto script = quiet_node();
    script.on<command::start>() = [code](const command::start& command) -> run_record {
      const auto& c = command.connection;
      throw failure(code, "start sync", c, "12 deltas are in flight", "use --wait");
    };
    const node_double node{where, script};
    const auto ended = shim({"sync", "customers", "--json"});
    CHECK(ended.exit_code == 4);
    CHECK(document_of(ended).at("error").at("code") == to_string(code));
  }
}

TEST_CASE_FIXTURE(shim_fixture, "the exit code of --wait tells how the run ended") {
  const auto ended_as = [&](const run_record& last) {
    const node_double node{where, three_steps(last)};
    return shim({"sync", "customers", "--wait"});
  };
  auto last = quiet_run();
  const auto good = ended_as(last);
  CHECK(good.exit_code == 0);
  CHECK(contains(good.output, "succeeded in 12.5 s"));
  last.counters.rejected = 1;
  CHECK(ended_as(last).exit_code == 7);
  last.state = run_state::stopped;
  const auto stopped = ended_as(last);
  CHECK(stopped.exit_code == 6);
  CHECK(contains(stopped.output, "continuing this one (epoch 1)"));
  last.state = run_state::interrupted;
  CHECK(ended_as(last).exit_code == 1);
  last.state = run_state::failed;
  last.failed = {errc::source_failed, "read model", "customers", "gone", "is it up?"};
  const auto failed = ended_as(last);
  CHECK(failed.exit_code == 1);
  CHECK(contains(failed.output, "read model 'customers': gone"));
}

TEST_CASE_FIXTURE(shim_fixture, "--wait --json prints the final record and nothing else") {
  const node_double node{where, three_steps(quiet_run())};
  const auto ended = shim({"sync", "customers", "--wait", "--json"});
  CHECK(document_of(ended).at("state") == "succeeded");
  CHECK(ended.errors.empty());
}

TEST_CASE_FIXTURE(shim_fixture, "a postponed run is followed by its id") {
  noted awaited;
  auto script = quiet_node();
  script.on<command::start>() = [](const command::start&) {
    auto r = running(0);
    r.run = "01JX";
    r.state = run_state::postponed;
    return r;
  };
  script.on<command::await>() = [&](const command::await& command) {
    awaited.add(command.run);
    auto r = quiet_run();
    r.run = command.run;
    return r;
  };
  const node_double node{where, script};
  const auto ended = shim({"sync", "customers", "--wait"});
  CHECK(ended.exit_code == 0);
  CHECK(contains(ended.errors, "waits for the present run to end"));
  CHECK(awaited.all() == std::vector<std::string>{"01JX"});
}

TEST_CASE_FIXTURE(shim_fixture, "watching on a pipe prints a line per change and the summary") {
  auto script = three_steps(quiet_run());
  std::atomic<std::uint32_t> asked_for = 0;
  script.on<command::await>() =
      [&, inner = script.on<command::await>()](const command::await& command) {
        asked_for = command.poll.count();
        return inner(command);
      };
  const node_double node{where, script};
  const auto ended = shim({"sync", "customers", "--watch"});
  CHECK(asked_for == 1'000);  // the node holds the answer back: at most a line a second
  const auto lines = lines_of(ended.output);
  REQUIRE(lines.size() > 5);
  CHECK(contains(lines[0], "read 0"));
  CHECK(contains(lines[1], "read 1,000"));
  CHECK(contains(lines[2], "read 2,000"));
  CHECK(contains(lines[3], "succeeded"));
  CHECK(contains(lines[4], "succeeded in 12.5 s"));
  CHECK_FALSE(contains(ended.output, "\r"));
}

TEST_CASE_FIXTURE(shim_fixture, "watching prints no line where nothing changed") {
  auto script = quiet_node();
  int asked = 0;
  script.on<command::start>() = [](const command::start&) { return running(0); };
  script.on<command::await>() = [&](const command::await&) {
    return ++asked < 5 ? running(0) : quiet_run();
  };
  const node_double node{where, script};
  const auto lines = lines_of(shim({"sync", "customers", "--watch"}).output);
  REQUIRE(lines.size() > 2);
  CHECK(contains(lines[0], "running"));
  CHECK(contains(lines[1], "succeeded"));
}

TEST_CASE_FIXTURE(shim_fixture,
                  "--watch --json prints one document per line and the last is final") {
  const node_double node{where, three_steps(quiet_run())};
  const auto ended = shim({"sync", "customers", "--watch", "--json"});
  const auto lines = lines_of(ended.output);
  REQUIRE(lines.size() == 4);
  for (const auto& line : lines) CHECK(nlohmann::json::parse(line).at("connection") == "customers");
  CHECK(nlohmann::json::parse(lines[1]).at("read") == 1'000);
  CHECK(nlohmann::json::parse(lines.back()).at("state") == "succeeded");
}

TEST_CASE_FIXTURE(shim_fixture, "watching on a terminal redraws one line and leaves the summary") {
  auto script = three_steps(quiet_run());
  const node_double node{where, script};
  auto watching = command({"sync", "customers", "--watch"});
  watching.on_terminal = true;
  watching.columns = 50;
  const auto ended = run_program(watching);
  CHECK(ended.exit_code == 0);
  // What is drawn stands between a return and a "clear the rest".
  std::vector<std::string> drawn;
  for (std::size_t at = 0; (at = ended.output.find('\r', at)) != std::string::npos; ++at) {
    const auto end = ended.output.find("\x1b[K", at);
    const auto line = ended.output.substr(at + 1, end - at - 1);
    if (end != std::string::npos && !contains(line, "\n")) drawn.push_back(line);
  }
  REQUIRE(drawn.size() == 5);
  for (const auto& line : drawn) CHECK(line.size() < 50);
  CHECK(contains(drawn[1], "read 1,000"));
  CHECK(drawn.back().empty());
  CHECK(contains(ended.output, "succeeded in 12.5 s"));
}

TEST_CASE_FIXTURE(shim_fixture, "a node that freezes while it is watched is exit code 3 in time") {
  auto script = quiet_node();
  script.on<command::start>() = [](const command::start&) { return running(0); };
  script.on<command::await>() = nullptr;
  const node_double node{where, script};
  const auto begin = std::chrono::steady_clock::now();
  const auto ended = shim({"sync", "customers", "--watch", "--timeout", "300ms"});
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  CHECK(ended.exit_code == 3);
  CHECK(contains(ended.errors, "no answer within"));
}

TEST_CASE_FIXTURE(shim_fixture, "an interrupt ends the watching and says that the run goes on") {
  auto script = quiet_node();
  script.on<command::start>() = [](const command::start&) { return running(7); };
  script.on<command::await>() = nullptr;
  const node_double node{where, script};
  for (const int signal : {SIGINT, SIGTERM}) {
    process watching{command({"sync", "customers", "--watch", "--timeout", "5m"})};
    REQUIRE(watching.wait_for_output("read 7", 20s));
    watching.signal(signal);
    const auto ended = watching.wait(10s);
    REQUIRE(ended);
    CHECK(ended->signal == signal);
    CHECK(contains(ended->errors, "goes on"));
    CHECK(contains(ended->errors, "`sluice stop customers` stops it"));
  }
}
