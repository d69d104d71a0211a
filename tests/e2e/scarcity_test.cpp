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

constexpr int rows = 30;

/// Customers, mirrored with two writers; each run that is tried delivers all of them.
struct scarce_node : test::node_fixture {
  scarce_node() {
    environment["LD_PRELOAD"] = SLUICE_SCARCITY_LIBRARY;
    environment["SLUICE_SCARCITY"] = (path() / "scarcity").string();
  }

  /// Denies the first, the second, … until a run asks so often no more. What fails is the run, at
  /// most, and the node says so: it lives, knows the connection, and the next run succeeds.
  void try_every(scarcity::kind what, const std::function<std::int64_t(std::int64_t)>& next) {
    connection("customers", config);
    start();
    sync("customers");
    std::int64_t failed = 0;
    std::int64_t nth = 1;
    for (;; nth = next(nth)) {
      CAPTURE(nth);
      control.deny(what, nth);
      const auto ended = sluice({"sync", "customers", "--full", "--wait", "--json"});
      const bool denied = control.relent(what);
      CAPTURE(ended.output);
      CAPTURE(ended.errors);
      REQUIRE_FALSE(node().wait(0ms));
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
    MESSAGE(nth, " tried, ", failed, " failed");
    CHECK(failed > 0);
    CHECK(json({"status", "customers"})["restarts"] == 0);
    CHECK(terminate() == 0);
  }
  static std::int64_t each(std::int64_t n) { return n + 1; }

  document config;
  test::scarcity_control control{(path() / "scarcity").string()};
};

/// From PostgreSQL to PostgreSQL: drivers that connect, cancel and read ahead on threads.
struct between_databases : scarce_node {
  between_databases() {
    source.run({test::customers_table, test::fill_customers(odbc::product::postgresql, rows)});
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
    source.run({test::customers_table, test::fill_customers(odbc::product::sqlite, rows)});
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

TEST_CASE_FIXTURE(between_databases, "one descriptor that is not to be had costs at most a run") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::descriptors, each);
}

TEST_CASE_FIXTURE(to_an_api, "one descriptor that is not to be had costs at most a run to an API") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::descriptors, each);
}

TEST_CASE_FIXTURE(to_an_api, "memory that is not to be had once costs at most a run to an API") {
  if (test::memory_is_the_sanitizers) return;
  try_every(scarcity::memory, [](std::int64_t n) { return n + 1 + n / 7; });
}
