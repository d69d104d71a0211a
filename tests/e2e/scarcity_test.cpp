// Threads, descriptors and memory that are not to be had at one moment of a run, whichever moment
// that is. The real binary, with tests/support/scarcity.cpp in front of the system.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>

#include "tests/e2e/customers_table.hpp"
#include "tests/e2e/node_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/scarcity.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using document = nlohmann::json;
using test::scarcity;

namespace {

constexpr int scarce_rows = 30;

/// The exit code of a command that finds no node, or loses it.
constexpr int unreachable = 3;

/// Customers, mirrored with two writers; each run that is tried delivers all of them.
struct scarce_node : test::node_fixture {
  scarce_node() {
    environment["LD_PRELOAD"] = SLUICE_SCARCITY_LIBRARY;
    environment["SLUICE_SCARCITY"] = (path() / "scarcity").string();
  }

  /// What a denial may cost.
  enum class price : std::uint8_t { run, node };
  /// Denies the first, the second, … until a run asks so often no more. What fails is the run, at
  /// most, and the node says so: it lives, knows the connection, and the next run succeeds. Where
  /// it may cost the node, that one is started again, as a service manager does.
  void try_every(scarcity::kind what, const std::function<std::int64_t(std::int64_t)>& next,
                 price most = price::run) {
    connection("customers", config);
    start();
    sync("customers");
    std::int64_t failed = 0;
    std::int64_t died = 0;
    std::int64_t nth = 1;
    for (;; nth = next(nth)) {
      CAPTURE(nth);
      control.deny(what, nth);
      const auto ended = sluice({"sync", "customers", "--full", "--wait", "--json"});
      const bool denied = control.relent(what);
      CAPTURE(ended.output);
      CAPTURE(ended.errors);
      // A node that dies hangs up first: whoever was hung up on looks for its end a while longer.
      if (const auto end = node().wait(ended.exit_code == unreachable ? 2s : 0ms)) {
        REQUIRE(most == price::node);
        // libstdc++ names the exception only where nothing of it was unwound yet.
        CHECK(end->errors.find("terminate called") != std::string::npos);
        ++died;
        start();
        sync("customers");
        continue;
      }
      const auto listed = json({"connections"});
      REQUIRE(listed.size() == 1);
      CHECK(listed[0]["connection"] == "customers");
      if (ended.exit_code != 0) {
        ++failed;
        CHECK(denied);
        // A client that was refused tells so; a run that failed says why.
        if (ended.exit_code == 1) CHECK_FALSE(document::parse(ended.output)["error"].is_null());
      }
      wait_for("customers",
               [](const auto& s) { return s["state"] == "idle" && s["blocked"].is_null(); });
      const auto after = sync("customers");
      CHECK(after["state"] == "succeeded");
      if (!denied) break;
    }
    MESSAGE(nth, " tried, ", failed, " runs failed, ", died, " nodes died");
    CHECK(failed > 0);
    if (most == price::run) CHECK(json({"status", "customers"})["restarts"] == 0);
    CHECK(terminate() == 0);
  }
  static std::int64_t each(std::int64_t n) { return n + 1; }

  document config;
  test::scarcity_control control{(path() / "scarcity").string()};
};

/// From PostgreSQL to PostgreSQL: drivers that connect, cancel and read ahead on threads.
struct between_databases : scarce_node {
  between_databases() {
    source.run(
        {test::customers_table, test::fill_customers(odbc::product::postgresql, scarce_rows)});
    target.run({test::customers_table});
    config = test::mirror_customers(source, target);
    config["delivery"]["writers"] = 2;
  }
  ~between_databases() { CHECK(test::customers_of(target) == test::customers_of(source)); }

  test::database_fixture source{odbc::product::postgresql};
  test::database_fixture target{odbc::product::postgresql};
};

/// From SQLite to an API.
struct to_an_api : scarce_node {
  to_an_api() {
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, scarce_rows)});
    config = test::mirror_customers(source, api);
    config["delivery"]["writers"] = 2;
  }

  test::database_fixture source{odbc::product::sqlite};
  test::http_server api;
};

}  // namespace

TEST_CASE_FIXTURE(between_databases, "one thread that is not to be had costs at most a run") {
  if (test::memory_is_the_sanitizers) return;  // it wants to be in front of everything itself
  try_every(scarcity::threads, each);
}

TEST_CASE_FIXTURE(to_an_api, "one thread that is not to be had costs at most a run to an API") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::threads, each);
}

TEST_CASE_FIXTURE(to_an_api, "a preview that gets no thread says so") {
  if (test::memory_is_the_sanitizers) return;
  connection("customers", config);
  start();
  bool told = false;
  for (std::int64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    control.deny(scarcity::threads, nth);
    const auto asked = sluice({"preview", "customers", "--json"});
    if (!control.relent(scarcity::threads)) break;
    if (asked.exit_code == 1)
      told = told || document::parse(asked.output)["error"]["code"] == "exhausted";
  }
  CHECK(told);
  CHECK(json({"preview", "customers"})["inserts"] == scarce_rows);
  CHECK(terminate() == 0);
}

TEST_CASE_FIXTURE(between_databases, "one descriptor that is not to be had costs at most a run") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::descriptors, each);
}

TEST_CASE_FIXTURE(to_an_api, "one descriptor that is not to be had costs at most a run to an API") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::descriptors, each);
}

// Some functions of libraries end the process where memory fails, since they promise not to throw:
// std::filesystem's directory_iterator, the destructor of nlohmann::json.
TEST_CASE_FIXTURE(to_an_api, "memory that is not to be had once costs a run, or a start") {
  if (test::memory_is_the_sanitizers) return;
  try_every(
      scarcity::memory, [](std::int64_t n) { return n + 1 + n / 7; }, price::node);
}
