// Whom a connection tells what became of its runs.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "runtime/config/secret_names.hpp"
#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using nlohmann::json;
using test::config_folder;

namespace {

/// The problems with this endpoint of a connection that is fine otherwise, without the file's name.
std::string notify_problems(const std::string& endpoint) {
  const config_folder folder;
  const std::string file = "connections/customers.json:";
  auto text = folder.problems_with(R"({"notify": [)" + endpoint + "]}");
  for (auto at = text.find(file); at != std::string::npos; at = text.find(file, at))
    text.erase(at, file.size());
  return text;
}

json shown_endpoints(const config_folder& folder) {
  return json::parse(folder.effective())["connections"]["customers"]["notify"];
}

}  // namespace

TEST_CASE("a connection names whom to tell of what") {
  const config_folder folder;
  const test::variable secret("SLUICE_TEST_SECRET", "canary");
  folder.patch_connection(
      R"({"notify": [{"on": ["stopped", "failed", "rejected"], "url": "https://a.example/hook?x=1",
                      "secret": "${env:SLUICE_TEST_SECRET}", "rejected_percent": 5},
                     {"on": ["recovered", "skipped"], "url": "http://127.0.0.1:8080"}]})");
  const auto notify = folder.customers().notify;
  REQUIRE(notify.size() == 2);
  using enum alert_event;
  CHECK(notify[0].on == std::vector{failed, rejected, stopped});
  CHECK(notify[0].url == "https://a.example/hook?x=1");
  CHECK(notify[0].secret == "${env:SLUICE_TEST_SECRET}");
  CHECK(notify[0].rejected_percent == 5);
  CHECK(notify[0].directory == folder.path() / "connections");
  CHECK(notify[1].on == std::vector{recovered, skipped});
  CHECK(notify[1].secret.empty());
  CHECK(notify[1].rejected_percent == 0);
  CHECK(notify[1].wants(skipped));
  CHECK_FALSE(notify[1].wants(failed));
}

TEST_CASE("without a word about it nobody is told") {
  const config_folder folder;
  CHECK(folder.customers().notify.empty());
}

TEST_CASE(
    "a connection that says nothing tells whom its node says, and one with a list of its own "
    "only those") {
  const config_folder folder;
  folder.patch_node(R"({"notify": [{"on": ["failed"], "url": "https://ops.example/"}]})");
  REQUIRE(folder.customers().notify.size() == 1);
  CHECK(folder.customers().notify[0].url == "https://ops.example/");
  CHECK(folder.customers().notify[0].directory == folder.path());
  folder.patch_connection(R"({"notify": [{"on": ["stopped"], "url": "https://team.example/"}]})");
  REQUIRE(folder.customers().notify.size() == 1);
  CHECK(folder.customers().notify[0].url == "https://team.example/");
  folder.patch_connection(R"({"notify": []})");
  CHECK(folder.customers().notify.empty());
}

TEST_CASE("what cannot be an endpoint is refused with a hint") {
  CHECK(notify_problems("{}") ==
        "/notify/0/on: is missing; say when, for example [\"failed\", \"recovered\"]\n"
        "/notify/0/url: is missing; say where to send alerts\n");
  const std::string url = R"("url": "https://a.example/")";
  CHECK(notify_problems(R"({"on": [], )" + url + "}").find("/notify/0/on: ") == 0);
  CHECK(notify_problems(R"({"on": "failed", )" + url + "}").find("/notify/0/on: ") == 0);
  CHECK(notify_problems(R"({"on": ["faild"], )" + url + "}") ==
        "/notify/0/on/0: \"faild\" is not known; did you mean \"failed\"?\n");
  CHECK(notify_problems(R"({"on": ["failed", "failed"], )" + url + "}") ==
        "/notify/0/on/1: \"failed\" is listed twice; list every event once\n");
  CHECK(notify_problems(R"({"on": ["failed"], "sceret": "x", )" + url + "}") ==
        "/notify/0/sceret: unknown key \"sceret\"; did you mean \"secret\"?\n");
  CHECK(notify_problems(R"({"on": ["failed"], "secret": "", )" + url + "}") ==
        "/notify/0/secret: is empty; it must not be empty\n");
  CHECK(notify_problems(R"({"on": ["failed"], "rejected_percent": 5, )" + url + "}") ==
        "/notify/0/rejected_percent: goes with \"rejected\" only; add \"rejected\" to \"on\", or "
        "remove it\n");
  for (const auto* const percent : {"101", "-1", "2.5", "\"5\""})
    CHECK(notify_problems(R"({"on": ["rejected"], "rejected_percent": )" + std::string(percent) +
                          ", " + url + "}")
              .find("a whole number from 0 to 100") != std::string::npos);
  const config_folder folder;
  CHECK(folder.problems_with(R"({"notify": {"on": ["failed"], "url": "https://a.example/"}})")
            .find("connections/customers.json:/notify: ") == 0);
  CHECK(folder.problems_with_node(R"({"notify": [{"on": ["faild"], "url": "https://a.example/"}]})")
            .find("node.json:/notify/0/on/0: ") == 0);
}

TEST_CASE("an alert goes to an http or https address") {
  const auto with_url = [](const std::string& url) {
    return notify_problems(R"({"on": ["failed"], "url": ")" + url + "\"}");
  };
  const test::variable address("SLUICE_TEST_ALERTS", "https://a.example/hook");
  for (const auto* const good :
       {"https://a.example", "http://127.0.0.1:9/x?y=z", "https://user:word@a.example/",
        "${env:SLUICE_TEST_ALERTS}", "https://a.example/${env:SLUICE_TEST_ALERTS}"})
    CHECK(with_url(good) == "");
  for (const auto* const bad : {"ftp://a.example/", "a.example/hook", "mailto:me@a.example"})
    CHECK(with_url(bad) == "/notify/0/url: \"" + std::string(bad) +
                               "\" is no http or https address; for example "
                               "\"https://alerts.example.com/sluice\"\n");
  CHECK(with_url("https:///hook").find("/notify/0/url: names no server") == 0);
  CHECK(with_url("https://a.example/#x").find("/notify/0/url: has a fragment") == 0);
  CHECK(with_url("https://a.example/a b").find("/notify/0/url: has a blank") == 0);
}

TEST_CASE("references of endpoints without a value are problems") {
  CHECK(
      notify_problems(
          R"({"on": ["failed"], "url": "https://a.example/", "secret": "${env:SLUICE_TEST_UNSET}"})") ==
      "/notify/0/secret: ${env:SLUICE_TEST_UNSET}: the environment variable is not set; set it "
      "in the environment of the node\n");
  CHECK(notify_problems(R"({"on": ["failed"], "url": "${file:missing}"})")
            .find("/notify/0/url: ${file:missing}: ") == 0);
}

TEST_CASE("endpoints are shown without secrets and with their defaults") {
  const config_folder folder;
  const test::variable secret("SLUICE_TEST_SECRET", "canary");
  folder.patch_node(
      R"({"notify": [{"on": ["failed"], "url": "https://n.example/?a=canary", "secret": "canary"}]})");
  folder.patch_connection(
      R"({"notify": [{"on": ["rejected"], "url": "https://me:canary@a.example/hook?key=canary&room=${env:SLUICE_TEST_SECRET}",
                      "secret": "canary"},
                     {"on": ["failed"], "url": "${env:SLUICE_TEST_SECRET}",
                      "secret": "${env:SLUICE_TEST_SECRET}"}]})");
  CHECK(folder.effective().find("canary") == std::string::npos);
  CHECK(shown_endpoints(folder) == json::parse(R"([{"on": ["rejected"],
                         "url": "https://***@a.example/hook?key=***&room=${env:SLUICE_TEST_SECRET}",
                         "secret": "***", "format": "json", "repeat": true,
                         "rejected_percent": 0},
                        {"on": ["failed"], "url": "${env:SLUICE_TEST_SECRET}",
                         "secret": "${env:SLUICE_TEST_SECRET}", "format": "json", "repeat": true}])"));
}

TEST_CASE("an address is shown without users, passwords and secrets in its query") {
  using config::masked_settings;
  using config::shown_url;
  const auto all = [](const std::string& url) { return shown_url(url, masked_settings::all); };
  CHECK(all("https://a.example/hook") == "https://a.example/hook");
  CHECK(all("https://a.example/p@th?flag") == "https://a.example/p@th?flag");
  CHECK(all("https://me:p@ss@a.example:8/x?a=1&b=2&c") ==
        "https://***@a.example:8/x?a=***&b=***&c");
  CHECK(all("https://me@a.example?a=1") == "https://***@a.example?a=***");
  CHECK(all("https://${file:/run/who?}@a.example/x") == "https://${file:/run/who?}@a.example/x");
  CHECK(all("https://hooks.slack.com/services/T0/B012345/q8Zk2mWx7PtR4") ==
        "https://hooks.slack.com/services/T0/B012345/***");
  CHECK(all("https://a.example/${env:STEP}/q8Zk2mWx7PtR4?x") ==
        "https://a.example/${env:STEP}/***?x");
  CHECK(all("${env:ALERTS}") == "${env:ALERTS}");
  CHECK(shown_url("https://a.example/?token=1&room=2", masked_settings::named) ==
        "https://a.example/?token=***&room=2");
}

TEST_CASE("whom a connection tells changes neither its ledger nor its mapping") {
  const config_folder folder;
  folder.patch_connection(R"({"source": {"odbc": "Driver=SQLite3;Database=shop.db"}})");
  const auto before = folder.customers();
  folder.patch_connection(R"({"source": {"odbc": "Driver=SQLite3;Database=shop.db"},
                              "notify": [{"on": ["failed"], "url": "https://a.example/"}]})");
  const auto after = folder.customers();
  CHECK(after.ledger_identity() == before.ledger_identity());
  CHECK(after.mapping_identity() == before.mapping_identity());
}

TEST_CASE("the format of an endpoint is named or follows from whose address it is") {
  const config_folder folder;
  folder.patch_connection(
      R"({"notify": [{"on": ["failed"], "url": "https://hooks.slack.com/services/T/B/x"},
                     {"on": ["failed"], "url": "https://discord.com/api/webhooks/1/x"},
                     {"on": ["failed"], "url": "https://a.webhook.office.com/webhookb2/x"},
                     {"on": ["failed"], "url": "https://x.logic.azure.com:443/workflows/x"},
                     {"on": ["failed"], "format": "pagerduty", "key": "k"},
                     {"on": ["failed"], "format": "opsgenie", "key": "k",
                      "url": "https://api.eu.opsgenie.com/v2/alerts"},
                     {"on": ["failed"], "url": "https://a.example/", "format": "slack"},
                     {"on": ["failed"], "url": "https://a.example/"}]})");
  using format = config::alert_format;
  const std::vector expected{format::slack,     format::discord,  format::teams, format::teams,
                             format::pagerduty, format::opsgenie, format::slack, format::json};
  const auto notify = folder.customers().notify;
  REQUIRE(notify.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(notify[i].format == expected[i]);
    CHECK(notify[i].repeat == (expected[i] == format::json));
  }
  CHECK(notify[4].url == "https://events.pagerduty.com/v2/enqueue");
}

TEST_CASE("what goes with another format is refused and so is a template that names nothing") {
  const std::string begin = R"({"on": ["failed"], "url": "https://a.example/", )";
  CHECK(contains(notify_problems(begin + R"("format": "pagerduty"})"), "say the key"));
  CHECK(contains(notify_problems(begin + R"("key": "k"})"), "/notify/0/key: goes with"));
  CHECK(contains(notify_problems(begin + R"("format": "slack", "template": {}})"),
                 "/notify/0/template: goes with"));
  CHECK(contains(notify_problems(begin + R"("template": {"a": ["{nothing}"]}})"),
                 "\"nothing\" is nothing that an alert knows"));
  CHECK(
      contains(notify_problems(begin + R"("template": {"a": "{open"}})"), "/notify/0/template: "));
  CHECK(contains(notify_problems(begin + R"("template": {"a": "{summary | upper}"}})"),
                 "functions are for the values of rows"));
  CHECK(contains(notify_problems(begin + R"("late": "2h"})"), "goes with \"late\" only"));
  CHECK(contains(notify_problems(R"({"on": ["late"], "url": "https://a.example/"})"),
                 "say after how long"));
}

TEST_CASE("a template is kept as it was written and a key is not shown") {
  const config_folder folder;
  folder.patch_connection(
      R"({"notify": [{"on": ["succeeded", "late"], "late": "2h", "url": "https://a.example/",
                      "template": {"title": "{summary}"}},
                     {"on": ["failed"], "format": "pagerduty", "key": "canary"}]})");
  const auto notify = folder.customers().notify;
  CHECK(notify[0].late == std::chrono::hours{2});
  CHECK(json::parse(notify[0].body) == json{{"title", "{summary}"}});
  CHECK(config::late_after(notify) ==
        std::vector<std::chrono::milliseconds>{std::chrono::hours{2}});
  CHECK(shown_endpoints(folder)[1]["key"] == "***");
}
