// What chats and pagers get: the forms that their own pages ask for.
#include "runtime/alerts/alert_body.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "messages/timestamp.hpp"
#include "tests/support/alert_fixture.hpp"

using namespace sluice;
using config::alert_format;
using nlohmann::json;
using test::ended_run;
using test::endpoint_at;

namespace {

const auto sent_at = *parse_timestamp("2026-01-31T09:00:06.000Z");

run_record failed_run() {
  auto run = ended_run(run_state::failed, {.read = 10, .inserts = 10, .delivered = 4});
  run.failed = {errc::destination_failed, "deliver", "customers", "HTTP 503 <busy> & *gone*",
                "is the API up?"};
  run.reason = "the mapping changed";
  return run;
}

alerts::alert alert_in(alert_format format, run_record run, run_ended how = {}) {
  auto to = endpoint_at("https://a.example/hook");
  to.format = format;
  to.on.push_back(alert_event::succeeded);
  how.run = std::move(run);
  return {"01ALERT",
          "a",
          alerts::events_of(how, to),
          std::make_shared<const run_record>(how.run),
          std::make_shared<const config::notify_config>(to),
          how.late_after};
}

json body_in(alert_format format, const run_record& run, const run_ended& how = {}) {
  return json::parse(alerts::body_of(alert_in(format, run, how), sent_at, 0, "KEY"));
}

run_ended recovery() {
  run_ended how;
  how.recovered = true;
  return how;
}

}  // namespace

TEST_CASE("a chat is told what happened why and what may help") {
  const std::string slack = body_in(alert_format::slack, failed_run()).at("text");
  CHECK(contains(slack, "*sluice: customers failed: deliver 'customers': HTTP 503"));
  CHECK(contains(slack, "hint: is the API up?"));
  CHECK(contains(slack, "full sync, since the mapping changed"));
  CHECK(contains(slack, "read 10, delivered 4"));
}

TEST_CASE("what an API says is no markup in a chat") {
  CHECK(contains(body_in(alert_format::slack, failed_run()).at("text").get<std::string>(),
                 "&lt;busy&gt; &amp; "));
  const auto discord = body_in(alert_format::discord, failed_run());
  CHECK(contains(discord.at("content").get<std::string>(), R"(\*gone\*)"));
  CHECK(discord.at("allowed_mentions").at("parse").empty());
}

TEST_CASE("Teams gets an adaptive card in a message") {
  const auto body = body_in(alert_format::teams, failed_run());
  CHECK(body.at("type") == "message");
  const auto& attachment = body.at("attachments").at(0);
  CHECK(attachment.at("contentType") == "application/vnd.microsoft.card.adaptive");
  const auto& card = attachment.at("content");
  CHECK(card.at("type") == "AdaptiveCard");
  CHECK(card.at("body").at(0).at("color") == "Attention");
  for (const auto& line : card.at("body")) CHECK(line.at("wrap") == true);
}

TEST_CASE("Discord's longest content is kept to whatever an API says") {
  auto run = failed_run();
  run.failed.cause = std::string(5000, 'x') + "é";
  CHECK(body_in(alert_format::discord, run).at("content").get<std::string>().size() <= 2000);
}

TEST_CASE("PagerDuty opens an incident of the connection and closes the same one") {
  const auto opened = body_in(alert_format::pagerduty, failed_run());
  CHECK(opened.at("routing_key") == "KEY");
  CHECK(opened.at("event_action") == "trigger");
  CHECK(opened.at("payload").at("severity") == "error");
  CHECK(opened.at("payload").at("source") == "a");
  CHECK(opened.at("payload").at("timestamp") == "2026-01-31T09:00:05.000Z");
  CHECK(opened.at("payload").at("custom_details").at("reason") == "the mapping changed");
  const auto closed = body_in(alert_format::pagerduty, ended_run(run_state::succeeded), recovery());
  CHECK(closed.at("event_action") == "resolve");
  CHECK(closed.at("dedup_key") == opened.at("dedup_key"));
  CHECK_FALSE(closed.contains("payload"));
}

TEST_CASE("Opsgenie opens an alert and closes it by its alias") {
  auto run = failed_run();
  run.connection = "sales/eu 1";
  const auto opened = body_in(alert_format::opsgenie, run);
  CHECK(opened.at("alias") == "sluice/sales/eu 1");
  CHECK(opened.at("message").get<std::string>().size() <= 130);
  CHECK(opened.at("priority") == "P2");
  CHECK(alerts::path_of(alert_in(alert_format::opsgenie, run)).empty());
  auto well = ended_run(run_state::succeeded);
  well.connection = run.connection;
  const auto closing = alert_in(alert_format::opsgenie, well, recovery());
  CHECK(alerts::path_of(closing) == "/sluice%2Fsales%2Feu%201/close?identifierType=alias");
  CHECK(body_in(alert_format::opsgenie, well, recovery()).contains("note"));
}

TEST_CASE("our own document has a text so that whoever shows texts can take it") {
  const auto body = body_in(alert_format::json, failed_run());
  CHECK(contains(body.at("text").get<std::string>(), "customers failed"));
  CHECK(body.at("severity") == "error");
  CHECK(body.at("run").at("reason") == "the mapping changed");
}

TEST_CASE("a template of one's own is filled with facts and cannot be broken by them") {
  auto what = alert_in(alert_format::json, failed_run());
  auto to = *what.to;
  to.body = R"({"title": "{{{connection}}}: {summary}", "level": 3, "tags": ["{severity}", "x"],
                "why": "{error}"})";
  what.to = std::make_shared<const config::notify_config>(to);
  const auto run = [&] {
    auto quoting = failed_run();
    quoting.failed.cause = R"(a "quoted" {thing})";
    return quoting;
  }();
  what.run = std::make_shared<const run_record>(run);
  const auto body = json::parse(alerts::body_of(what, sent_at, 0));
  CHECK(contains(body.at("title").get<std::string>(), "{customers}: sluice: customers failed"));
  CHECK(body.at("level") == 3);
  CHECK(body.at("tags") == json{"error", "x"});
  CHECK(contains(body.at("why").get<std::string>(), R"(a "quoted" {thing})"));
}

TEST_CASE("a run that has not come is told of without a run") {
  auto to = endpoint_at("https://a.example/hook");
  to.on = {alert_event::late};
  to.late = std::chrono::hours{2};
  run_ended late;
  late.run.connection = "customers";
  late.run.waiting_for = "orders to succeed";
  late.late_after = std::chrono::hours{2};
  const alerts::alert what{"01ALERT",
                           "a",
                           alerts::events_of(late, to),
                           std::make_shared<const run_record>(late.run),
                           std::make_shared<const config::notify_config>(to),
                           late.late_after};
  const auto body = json::parse(alerts::body_of(what, sent_at, 0));
  CHECK(body.at("events") == json{"late"});
  CHECK(body.at("run").is_null());
  CHECK(body.at("late_ms") == 7'200'000);
  CHECK(body.at("text") ==
        "sluice: customers is late: no run for more than 2h; it waits for orders to succeed");
}
