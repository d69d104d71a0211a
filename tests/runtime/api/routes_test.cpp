#include "runtime/api/routes.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::example_connection;

namespace {

const std::string run = std::string("/runs/") + test::example_run_id;
const std::string compatible = "/v2/retl-connections/orders";

/// The operations that change something, with a body that they take.
const std::vector<std::pair<std::string, std::string>> changing{
    {"/api/v1/reload", ""},
    {example_connection + "/enable", ""},
    {example_connection + "/disable", ""},
    {example_connection + "/reset", R"({"confirm": "orders"})"},
    {example_connection + "/runs", "{}"},
    {example_connection + run + "/stop", "{}"},
    {compatible + "/start", "{}"},
    {compatible + "/stop", ""},
};

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "unknown paths are answered in the form of their surface") {
  for (const std::string path : {"/api/v1/", "/api/v1/connection", "/api/v1/connections/",
                                 "/api/v1/connections/orders/", "/api/v1/node/x"}) {
    const auto r = answer("GET", path);
    CHECK(r.status == 404);
    CHECK(test::json_of(r)["code"] == "unknown_path");
    CHECK(test::json_of(r)["instance"] == path);
  }
  for (const std::string path : {"/v2", "/v2/", "/v2/retl-connections/orders/begin",
                                 "/v2/retl-connections/orders/syncs/", "/v2/sources/a/start"}) {
    const auto r = answer("POST", path);
    CHECK(r.status == 404);
    CHECK(test::json_of(r)["error"].is_string());
  }
  CHECK(answer("GET", "/favicon.ico").status == 404);
  CHECK(answer("GET", "/api/v2/node").status == 404);
}

TEST_CASE_FIXTURE(api_fixture, "another method is refused with those that are taken") {
  const auto allow = [&](const std::string& method, const std::string& path) {
    const auto r = answer(method, path);
    CHECK(r.status == 405);
    CHECK(test::json_of(r)["code"] == "method_not_allowed");
    return test::header_of(r, "Allow");
  };
  CHECK(allow("DELETE", example_connection) == "GET, HEAD");
  CHECK(allow("PUT", example_connection + "/runs") == "GET, HEAD, POST");
  CHECK(allow("GET", compatible + "/start") == "POST");
  CHECK(allow("POST", compatible + "/syncs") == "GET, HEAD");
  CHECK(allow("OPTIONS", "/api/v1/nodes") == "GET, HEAD");
  CHECK(allow("PATCH", "/api/v1/session") == "GET, HEAD, POST, DELETE");
  CHECK(allow("POST", "/ui/") == "GET, HEAD");
  CHECK(allow("POST", "/") == "GET, HEAD");
}

TEST_CASE_FIXTURE(api_fixture, "HEAD asks what GET asks") {
  CHECK(test::asks<command::status>(question("HEAD", example_connection)).connection == "orders");
}

TEST_CASE_FIXTURE(api_fixture, "observers are refused what changes something") {
  for (const auto& [path, body] : changing) {
    CAPTURE(path);
    const auto r = answer(test::request_of(test::observer_token, "POST", path, body));
    CHECK(r.status == 403);
    CHECK(test::json_of(r)["code"] == "forbidden");
    const auto q = question("POST", path, body);
    CHECK(q.change != "");
  }
  CHECK(question(test::request_of(test::observer_token, "POST", example_connection + "/preview"))
            .change == "");
}

TEST_CASE_FIXTURE(api_fixture, "names that nothing can have are not asked for") {
  for (const std::string name : {".", "..", ".hidden", "a b", "a%00", "%F0%9F%98%80"})
    for (const std::string& path :
         {"/api/v1/connections/" + name, "/v2/retl-connections/" + name + "/syncs"})
      CHECK_MESSAGE(test::json_of(answer("GET", path))["code"] == "unknown_connection", path);
  for (const std::string id : {"1", "01JABCDEFGHJKMNPQRSTVWXYZ", "01jabcdefghjkmnpqrstvwxyz0",
                               "01JABCDEFGHJKMNPQRSTVWXYZI", "%2e%2e"})
    CHECK_MESSAGE(
        test::json_of(answer("GET", example_connection + "/runs/" + id))["code"] == "unknown_run",
        id);
}

TEST_CASE_FIXTURE(api_fixture, "an error of the node is answered in the form of its surface") {
  const error gone{errc::unknown_connection, "read status", "orders", "there is none", ""};
  CHECK(test::header_of(question("GET", example_connection).refuse(gone), "Content-Type") ==
        "application/problem+json");
  const auto r = question("GET", compatible + "/syncs").refuse(gone);
  CHECK(r.status == 404);
  CHECK(test::json_of(r)["error"] == "read status 'orders': there is none");
}
