// Row logs as reader and writers of real runs leave them.
#include "runtime/rowlog/row_log.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/actors/run_checks.hpp"
#include "tests/support/connection_fixture.hpp"

using namespace sluice;
using nlohmann::json;
using test::destination_double;
using test::packed_key;

namespace {

struct logged_world : test::outside_world {
  logged_world() {
    config.row_log = true;
    for (long id = 1; id <= 20; ++id) source.rows[id] = "canary " + std::to_string(id);
  }

  /// `id operation outcome` -> how often.
  [[nodiscard]] std::map<std::string, int> lines_of(const run_record& run) const {
    std::map<std::string, int> lines;
    std::ifstream in(row_log_of(run.run));
    for (std::string line; std::getline(in, line);) {
      CHECK(line.find("canary") == std::string::npos);
      const auto entry = json::parse(line);
      ++lines[entry["key"].dump() + " " + entry["operation"].get<std::string>() + " " +
              entry["outcome"].get<std::string>()];
    }
    return lines;
  }

  /// How many lines have that outcome.
  [[nodiscard]] std::uint64_t count(const run_record& run, const std::string& outcome) const {
    std::uint64_t found = 0;
    for (const auto& [line, times] : lines_of(run)) {
      CHECK(times == 1);
      if (line.ends_with(" " + outcome)) ++found;
    }
    return found;
  }
};

}  // namespace

TEST_CASE_FIXTURE(logged_world, "a run's row log has one line for each row that it decided") {
  destination.rejects[packed_key(3)] = "no such country";
  source.invalid[5] = "not UTF-8";
  test::connection_fixture node(*this);
  const auto first = node.sync();
  auto lines = lines_of(first);
  CHECK(lines.size() == 20);
  CHECK(lines[R"({"id":3} insert rejected)"] == 1);
  CHECK(lines[R"({"id":5} read invalid)"] == 1);
  CHECK(lines[R"({"id":20} insert delivered)"] == 1);
  CHECK(count(first, "delivered") == 18);
  CHECK(first.warnings.empty());

  destination.rejects.clear();
  source.invalid.clear();
  source.rows[7] = "canary changed";
  source.rows.erase(9);
  CHECK(lines_of(node.sync()) == std::map<std::string, int>{{R"({"id":3} insert delivered)", 1},
                                                            {R"({"id":5} insert delivered)", 1},
                                                            {R"({"id":7} update delivered)", 1},
                                                            {R"({"id":9} delete delivered)", 1}});
  // Nothing to decide, no file.
  CHECK_FALSE(std::filesystem::exists(row_log_of(node.sync().run)));
}

TEST_CASE_FIXTURE(logged_world, "what failed in the middle is in the row log as it ended") {
  using kind = destination_double::verdict::kind;
  for (const auto& [what, outcome] :
       {std::pair{kind::refuse, "undelivered"}, std::pair{kind::apply_then_unknown, "unknown"}}) {
    CAPTURE(outcome);
    destination.decide = [what = what](std::uint32_t batch) {
      return destination_double::verdict{batch % 3 == 2 ? what : kind::apply};
    };
    test::connection_fixture node(*this);
    const auto run = node.sync({.full = true});
    CHECK(run.state == run_state::failed);
    CHECK(count(run, "delivered") == run.counters.delivered);
    CHECK(count(run, outcome) > 0);
    CHECK(count(run, "undelivered") + count(run, "unknown") == run.counters.undelivered);
  }
}

TEST_CASE_FIXTURE(logged_world, "what a given up drain leaves is undelivered in the row log") {
  wait_in_mailboxes();
  test::connection_fixture node(*this);
  const auto begun = node.start().get();
  node.run_until([&] { return destination.deliveries() >= 3; });
  node.stop(true);
  node.run();
  const auto run =
      node.ask<run_record>(node.supervisor, command::await{"customers", begun.run}).get();
  CHECK(run.state == run_state::stopped);
  CHECK(run.counters.undelivered > 0);
  CHECK(count(run, "delivered") == run.counters.delivered);
  CHECK(count(run, "undelivered") == run.counters.undelivered);
}

TEST_CASE_FIXTURE(logged_world,
                  "a row log that cannot be written is one warning and nothing else") {
  std::ofstream(dir.path() / "rows") << "in the way";
  config.delivery.writers = 4;
  source.invalid[5] = "not UTF-8";
  test::connection_fixture node(*this);
  const auto run = node.sync();
  CHECK(run.state == run_state::succeeded);
  CHECK(run.counters.delivered == 19);
  REQUIRE(run.warnings.size() == 1);
  CHECK(run.warnings[0].find("the row log '" + row_log_of(run.run).string() + "'") == 0);
}

TEST_CASE_FIXTURE(logged_world, "a connection without a row log leaves none") {
  config.row_log = false;
  test::connection_fixture node(*this);
  node.sync();
  CHECK_FALSE(std::filesystem::exists(dir.path() / "rows"));
}
