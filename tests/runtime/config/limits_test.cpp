// What an API takes: `rate_limit`, `concurrency`, `quota_headers` and `account` of a destination,
// and `accounts` of node.json.
#include <doctest/doctest.h>

#include "runtime/config/destination_kind.hpp"
#include "tests/runtime/config/config_folder.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using config::rate_limit;
using test::good_upsert;
using test::http_connection;
using test::http_problems;
using namespace std::chrono_literals;

namespace {

config::http_config read_limits(const std::string& members) {
  return http_connection(good_upsert + ", " + members).read();
}

std::string limit_problems(const std::string& members) {
  return http_problems(good_upsert + ", " + members);
}

}  // namespace

TEST_CASE("a limit is one, or a list in which all hold, of requests or of rows") {
  CHECK(read_limits(R"("rate_limit": {"requests": 10, "per": "2s"})").limits.rates ==
        std::vector<rate_limit>{{10, 2s}});
  CHECK(read_limits(
            R"("rate_limit": [{"requests": 100, "per": "10s"}, {"requests": 250000, "per": "1d"},
                               {"rows": 5000, "per": "1m"}])")
            .limits.rates ==
        std::vector<rate_limit>{{100, 10s}, {250'000, 24h}, {5000, 1min, rate_limit::unit::rows}});
}

TEST_CASE("requests at once are found out, or a number") {
  CHECK_FALSE(read_limits(R"("gzip": false)").limits.concurrency);
  CHECK_FALSE(read_limits(R"("concurrency": "auto")").limits.concurrency);
  CHECK(read_limits(R"("concurrency": 500)").limits.concurrency == 500);
  CHECK(limit_problems(R"("concurrency": 501)").find("whole number from 1 to 500") !=
        std::string::npos);
  CHECK(limit_problems(R"("concurrency": "many")").find("only \"auto\" is known") !=
        std::string::npos);
}

TEST_CASE("limits that say nothing, or two things, are problems") {
  CHECK(limit_problems(R"("rate_limit": [])").find("/destination/rate_limit: ") == 0);
  CHECK(limit_problems(R"("rate_limit": [{"per": "1s"}])") ==
        "/destination/rate_limit/0/requests: is missing; say how many requests may be sent\n");
  CHECK(
      limit_problems(R"("rate_limit": {"requests": 1, "rows": 1, "per": "1s"})")
          .starts_with("/destination/rate_limit/requests: goes without \"rows\"; write two limits, "
                       "one of each\n"));
  CHECK(limit_problems(R"("batch_rows": 200, "rate_limit": {"rows": 100, "per": "1s"})") ==
        "/destination/rate_limit: admits 100 rows, and a request \"upsert\" has up to 200; lower "
        "batch_rows\n");
}

TEST_CASE("the slowest of several limits is the rate that a drain is reckoned with") {
  const auto http = read_limits(R"("batch_rows": 10, "rate_limit": [{"requests": 5, "per": "1s"},
                            {"rows": 120, "per": "1m"}, {"requests": 100, "per": "1m"}])");
  CHECK(config::rows_per_second({http}, operation::update) == 2);
}

TEST_CASE_FIXTURE(test::config_folder, "an account has limits of its own, for who names it") {
  patch_node(R"({"accounts": {"shop": {"rate_limit": {"requests": 100, "per": "10s"},
                                       "concurrency": 20, "quota_headers": {"remaining": "X-Left",
                                                                            "reset": "X-Again"}}}})");
  const auto node = valid();
  CHECK(node.accounts.at("shop") ==
        config::request_limits{{{100, 10s}}, 20, {"X-Left", "X-Again"}});
}

TEST_CASE("an account that there is not, and one beside limits, are problems") {
  CHECK(limit_problems(R"("account": "shop")").find("node.json has no account \"shop\"") !=
        std::string::npos);
  CHECK(limit_problems(R"("account": "shop", "concurrency": 3)")
            .find("/destination/concurrency: goes without \"account\"") != std::string::npos);
}
