#include "runtime/api/visible.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;

TEST_CASE_FIXTURE(api_fixture, "runs lose their quotations, and keep their counts and codes") {
  auto run = test::example_run(run_state::failed);
  run.failed = {errc::destination_failed, "deliver", "orders", "Key (email)=(canary)", "look"};
  const std::string one = std::string("/runs/") + test::example_run_id;
  for (const std::string& target :
       {"/api/v1/connections/orders" + one,
        "/v2/retl-connections/orders/syncs/" + std::string(test::example_run_id)}) {
    const auto open = test::rendered(question("GET", target), run).body;
    CHECK(open.find("canary") != std::string::npos);
    const auto blind =
        test::rendered(question(test::request_of(test::blind_token, "GET", target)), run).body;
    CHECK(blind.find("canary") == std::string::npos);
    CHECK(blind.find("destination_failed") != std::string::npos);
    CHECK(blind.find("\"rejected\":4") != std::string::npos);
  }
}

TEST_CASE("errors that quote no row are seen by everybody") {
  auto run = test::example_run(run_state::failed);
  run.failed = {errc::unreachable, "reach", "beta", "connection refused", ""};
  CHECK(api::without_rows(run) == run);
}
