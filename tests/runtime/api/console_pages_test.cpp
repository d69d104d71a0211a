#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::request;

TEST_CASE_FIXTURE(api_fixture, "the root leads to the console, wherever a proxy has put both") {
  for (const std::string path : {"/", "/ui"}) {
    const auto r = answer(request("GET", path));
    CHECK(r.status == 302);
    CHECK(test::header_of(r, "Location") == "ui/");
  }
}

TEST_CASE_FIXTURE(api_fixture,
                  "the console's files are for everybody, who can do nothing with them") {
  CHECK(answer(request("GET", "/ui/")).body == "the page");
  CHECK(answer(request("GET", "/ui/app.js")).body == "the page");
  CHECK(answer(request("HEAD", "/ui/app.js")).status == 200);
  CHECK(answer(request("GET", "/ui/nothing.js")).status == 404);
}

TEST_CASE("a node without the console has no pages") {
  api_fixture api([](config::api_config& c) { c.console = false; });
  for (const std::string path : {"/", "/ui/", "/ui/app.js"})
    CHECK(api.answer(request("GET", path)).status == 404);
}
