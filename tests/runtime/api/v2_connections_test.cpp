#include <doctest/doctest.h>

#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using test::api_fixture;
using test::asks;
using test::json_of;
using test::rendered;

namespace {

const std::string list = "/v2/retl-connections";

connection_status mirror_status(const connection_name& name) {
  connection_status c;
  c.connection = name;
  c.mode = sync_mode::mirror;
  return c;
}

const shown_configuration shown{"/etc/orders.json", R"({
  "source": {"key": ["id", "shop"], "change_detection": {"cursor": "changed_at"}},
  "mapping": {"number": "id", "name": {"column": "n", "as": "string"}, "x": {"constant": 1}},
  "schedule": {"every": "90s"}, "retry_rejected": false, "row_log": true})"};

using statuses = std::vector<connection_status>;

}  // namespace

TEST_CASE_FIXTURE(api_fixture, "a connection is told in RudderStack's words") {
  const auto q = question("GET", list + "/orders");
  CHECK(asks<command::status>(q).connection == "orders");
  const auto detail = q.after_answer(mirror_status("orders"));
  REQUIRE(detail);
  CHECK(asks<command::configuration>(*detail).connection == "orders");
  CHECK(rendered(*detail, shown).body ==
        R"({"id":"orders","sourceId":"orders","destinationId":"orders","enabled":true,)"
        R"("syncBehaviour":"mirror","schedule":{"type":"basic","everyMinutes":2},)"
        R"("identifiers":[{"from":"id","to":"number"},{"from":"shop","to":"shop"}],)"
        R"("mappings":[{"from":"id","to":"number"},{"from":"n","to":"name"}],)"
        R"("cursorColumn":"changed_at","syncSettings":{"failedKeysConfig":)"
        R"({"enableFailedKeysRetry":false},"syncLogsConfig":{"enabled":true}}})");
}

TEST_CASE_FIXTURE(api_fixture, "schedules without an interval are cron or manual") {
  const auto type = [&](const std::string& schedule) {
    const auto q = question("GET", list + "/orders").after_answer(mirror_status("orders"));
    return json_of(rendered(*q, shown_configuration{"", R"({"source": {}, "schedule": )" +
                                                            schedule + "}"}))["schedule"];
  };
  CHECK(type("\"manual\"")["type"] == "manual");
  CHECK(type(R"({"after": "users"})")["type"] == "manual");
  CHECK(type(R"({"cron": "0 6 * * *"})")["cronExpression"] == "0 6 * * *");
}

TEST_CASE_FIXTURE(api_fixture, "a list has every connection, also one that cannot be asked") {
  const auto q = question("GET", list + "?pageSize=2");
  const auto first =
      q.after_answer(statuses{mirror_status("c"), mirror_status("b"), mirror_status("a")});
  REQUIRE(first);
  CHECK(asks<command::configuration>(*first).connection == "a");
  const auto second = first->after_answer(shown);
  REQUIRE(second);
  CHECK(asks<command::configuration>(*second).connection == "b");
  const error away{errc::unreachable, "show configuration", "b", "no link", ""};
  CHECK_FALSE(second->after_error(away));
  const auto body = json_of(second->refuse(away));
  CHECK(body["data"].size() == 2);
  CHECK(body["data"][0]["mappings"].size() == 2);
  CHECK(body["data"][1]["id"] == "b");
  CHECK(body["paging"] ==
        nlohmann::json{{"total", 3}, {"next", "/v2/retl-connections?page=2&pageSize=2"}});
}

TEST_CASE_FIXTURE(api_fixture, "a list may be of nothing") {
  for (const std::string filter :
       {"sourceId=x", "destinationId=x", "hasExternalId=true", "page=9"}) {
    const auto q = question("GET", list + "?" + filter);
    const statuses all{mirror_status("a")};
    CHECK_FALSE(q.after_answer(all));
    CHECK(json_of(rendered(q, all))["data"].empty());
  }
  CHECK(answer("POST", list).status == 405);
  CHECK(answer("DELETE", list + "/orders").status == 405);
}
