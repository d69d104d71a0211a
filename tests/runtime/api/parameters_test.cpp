#include "runtime/api/parameters.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using api::parameters;

namespace {

/// What `read` finds wrong with the query.
std::string wrong(const std::string& query, const std::function<void(parameters&)>& read,
                  parameters::others others = parameters::others::refused) {
  const auto r = test::request("GET", "/x?" + query);
  parameters p(r);
  read(p);
  try {
    p.check(others);
    return "";
  } catch (const api::refused& e) {
    CHECK(e.why().status == 400);
    CHECK(e.why().code == "usage");
    return e.why().detail;
  }
}

}  // namespace

TEST_CASE("numbers are whole and within their limits") {
  const auto read = [](parameters& p) { p.number("limit", 1, 500, 50); };
  CHECK(wrong("limit=1", read) == "");
  CHECK(wrong("limit=500", read) == "");
  for (const std::string bad : {"0", "501", "-1", "1.5", "1e2", "x", " 1", "99999999999999999999"})
    CHECK(wrong("limit=" + bad, read) ==
          "limit is '" + bad + "'; it must be a whole number from 1 to 500");
  CHECK(wrong("limit=1&limit=2", read) == "limit is given more than once");
}

TEST_CASE("what is absent, or there without a value, has its default") {
  const auto r = test::request("GET", "/x?limit=&q=");
  parameters p(r);
  CHECK(p.number("limit", 1, 500, 50) == 50);
  CHECK(p.text("q").empty());
  CHECK_FALSE(p.time("started_after"));
  CHECK_FALSE(p.whole_number("status"));
  CHECK_NOTHROW(p.check());
}

TEST_CASE("words are told apart from others, and may be several where that is meant") {
  const auto one = [](parameters& p) { p.one_of("group", {"reason"}); };
  CHECK(wrong("group=reason", one) == "");
  CHECK(wrong("group=Reason", one) == "group is 'Reason'; it must be one of reason");
  const auto r = test::request("GET", "/x?state=failed&state=stopped");
  parameters p(r);
  const auto states =
      p.any_of<run_state>("state", {run_state::failed, run_state::stopped, run_state::running});
  CHECK(states == choice<run_state>{run_state::failed, run_state::stopped});
  CHECK(wrong("state=faild", [](parameters& q) {
          q.any_of<run_state>("state", {run_state::failed, run_state::stopped});
        }) == "state is 'faild'; it must be one of failed, stopped");
}

TEST_CASE("unknown parameters are refused unless they are to be ignored") {
  const auto read = [](parameters& p) {
    p.text("q");
    p.number("limit", 1, 500, 50);
  };
  CHECK(wrong("qq=1", read) == "qq is unknown; known here: q, limit");
  CHECK(wrong("qq=1", read, parameters::others::ignored) == "");
  CHECK(wrong("a=1", [](parameters&) {}) == "a is unknown; no parameter is known here");
}

TEST_CASE("all that is wrong is told at once, and long values are cut") {
  const auto read = [](parameters& p) {
    p.number("limit", 1, 500, 50);
    p.time("after");
  };
  CHECK(wrong("limit=0&after=yesterday", read) ==
        "limit is '0'; it must be a whole number from 1 to 500; after is 'yesterday'; it must be a "
        "time such as 2026-01-31T09:00:00Z");
  CHECK(wrong("limit=" + std::string(10'000, '9'), read).size() < 200);
}
