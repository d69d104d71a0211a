// The example configuration and the reference page, so that neither goes stale.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "runtime/config/builtin_presets.hpp"
#include "runtime/config/byte_size.hpp"
#include "runtime/config/duration.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;

namespace {

const std::filesystem::path example_folder = std::filesystem::path(SLUICE_SOURCE_DIR) / "config";

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string reference_page() { return content(example_folder / "reference.md"); }

/// `a.b` for every member of an object, nested ones included.
void collect_keys(const nlohmann::json& object, const std::string& prefix,
                  std::vector<std::string>& keys) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object() && key != "mapping")
      collect_keys(value, prefix + key + ".", keys);
    else
      keys.push_back(prefix + key);
  }
}

/// The examples of the page that are no whole file: JSON without a comment that names one.
std::vector<std::string> fragments(const std::string& page) {
  const std::string fence = "\n```json\n{";
  std::vector<std::string> out;
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
    const auto begin = at + fence.size() - 1;
    out.push_back(page.substr(begin, page.find("\n```\n", begin) + 1 - begin));
  }
  return out;
}

/// The table row of the reference page that begins with this key.
std::string row_of(const std::string& page, const std::string& key) {
  const auto begin = page.find("\n| `" + key + "` |");
  if (begin == std::string::npos) return {};
  return page.substr(begin + 1, page.find('\n', begin + 1) - begin - 1);
}

}  // namespace

TEST_CASE("the example configuration loads without problems") {
  const auto loaded = config::load(example_folder / "node.json");
  INFO(config::to_text(loaded.problems));
  REQUIRE(loaded.config);
  const auto& node = *loaded.config;
  REQUIRE(node.connections.contains("customers"));
  CHECK(config::check_references(node).empty());
  const auto root = std::filesystem::path(SLUICE_SOURCE_DIR);
  CHECK(node.state_dir == root / "state");
  const auto& customers = node.connections.at("customers");
  CHECK(customers.source.odbc.resolve() ==
        "Driver=SQLite3;Database=" + (root / "state/shop.db").string());
  CHECK(std::get<config::jsonl_config>(customers.destination.kind).path ==
        root / "out/customers.jsonl");
}

TEST_CASE("every example of the reference page loads without problems") {
  const test::config_folder folder;
  const test::variable crm("CRM_TOKEN", "x");
  const test::variable hubspot("HUBSPOT_TOKEN", "x");
  const test::variable alert_secret("ALERT_SECRET", "x");
  const test::variable webhook("DATA_TEAM_WEBHOOK", "https://chat.example.com/x");
  const auto page = reference_page();
  const std::string fence = "\n```json\n// ";
  int examples = 0;
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    const auto name = page.substr(at, page.find('\n', at) - at);
    folder.write(name, page.substr(at - 3, page.find("\n```\n", at) + 1 - (at - 3)));
    ++examples;
  }
  CHECK(examples >= 3);
  CHECK(folder.problems() == "");
  CHECK(folder.valid().connections.size() >= 3);
  const auto clustered = config::load(folder.path() / "node-a.json");
  CHECK(config::to_text(clustered.problems) == "");
}

TEST_CASE("the parts of configurations on the reference page are valid where they belong") {
  int presets = 0;
  int results = 0;
  int answers = 0;
  for (const auto& fragment : fragments(reference_page())) {
    INFO(fragment);
    if (nlohmann::json::parse(fragment).contains("preset")) {
      ++presets;
      const test::http_connection connection(R"("preset": "../own.json", "with": {"token": "x"})");
      connection.folder.write("own.json", fragment);
      CHECK(connection.problems() == "");
    } else if (const auto part = nlohmann::json::parse(fragment);
               !part.contains("items") && !part.contains("errors")) {
      ++answers;
      CHECK(test::http_problems(test::good_upsert + ", \"answer\": " + fragment) == "");
    } else {
      ++results;
      CHECK(test::http_problems(test::good_upsert + ", \"results\": " + fragment) == "");
    }
  }
  CHECK(presets == 1);
  CHECK(results == 5);
  CHECK(answers == 4);
}

TEST_CASE("the reference page has a row for every built-in preset with its parameters") {
  const auto page = reference_page();
  for (const auto& preset : config::builtin_presets()) {
    const auto row = row_of(page, std::string(preset.name));
    CHECK_MESSAGE(!row.empty(), preset.name);
    const auto document = nlohmann::json::parse(preset.text, nullptr, true, true);
    for (const auto& [name, about] : document["preset"]["parameters"].items()) {
      auto written = "`" + name + "`";
      if (about.contains("default")) written += " (`" + about["default"].get<std::string>() + "`)";
      CHECK_MESSAGE(row.find(written) != std::string::npos, written);
    }
    const bool deletes = document["destination"].contains("delete");
    CHECK((row.find("; upsert, mirror |") != std::string::npos) == deletes);
  }
}

TEST_CASE("the reference page has a row for every key with its default") {
  const test::config_folder folder;
  folder.write("node.json", R"({"state_dir": "s"})");
  folder.write("connections/file.json",
               R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": "o"}, "mapping": {"id": "id"}})");
  folder.write("connections/table.json",
               R"({"source": {"odbc": "Driver=X", "query": "q", "key": ["id"]},
                   "destination": {"kind": "odbc", "odbc": "Driver=X", "table": "t"}})");
  folder.write("connections/api.json",
               R"({"source": {"odbc": "Driver=X", "query": "q", "key": ["id"]},
                   "destination": {"kind": "http", )" +
                   test::good_upsert + "}}");
  const auto all = nlohmann::json::parse(config::explain(folder.valid()));
  std::vector<std::string> keys;
  collect_keys(all["node"], "", keys);
  collect_keys(all["connections"]["file"], "", keys);
  collect_keys(all["connections"]["table"], "", keys);
  auto api = all["connections"]["api"];
  api["destination"]["upsert"] = {};  // has a table of its own
  collect_keys(api, "", keys);
  for (const auto* key : {"on_delete",
                          "method",
                          "url",
                          "body",
                          "item",
                          "headers",
                          "batch_rows",
                          "results",
                          "items",
                          "errors",
                          "match",
                          "ok",
                          "exists",
                          "missing",
                          "error",
                          "destination.headers",
                          "destination.basic_auth",
                          "destination.delete",
                          "destination.results",
                          "destination.answer",
                          "credentials",
                          "retry",
                          "reject",
                          "delivered",
                          "status",
                          "pointer",
                          "header",
                          "in",
                          "present",
                          "absent",
                          "matches",
                          "all",
                          "destination.rate_limit",
                          "destination.idempotency_header",
                          "destination.identity",
                          "destination.tls.ca",
                          "http.listen",
                          "http.insecure",
                          "insecure",
                          "tls.certificate",
                          "tls.key",
                          "tls.ca",
                          "peers",
                          "delivery.on",
                          "delivery.give_up_after"})
    keys.emplace_back(key);
  for (const auto* key : {"every", "starting_at", "timezone", "cron", "after"})
    keys.push_back(std::string("schedule.") + key);
  for (const auto* key : {"notify", "on", "secret", "rejected_percent", "format", "template",
                          "notify.key", "late", "repeat"})
    keys.emplace_back(key);
  const auto page = reference_page();
  for (const auto& key : keys) CHECK_MESSAGE(!row_of(page, key).empty(), key);

  const auto has_default = [&](const std::string& key, const std::string& value) {
    return row_of(page, key).find("| " + value + " |") != std::string::npos;
  };
  namespace defaults = config::defaults;
  CHECK(has_default("max_running_syncs", std::to_string(defaults::max_running_syncs)));
  CHECK(has_default("retention.runs", "`90d`"));
  CHECK(has_default("retention.rejected", "`90d`"));
  CHECK(config::parse_duration("90d") == defaults::retention);
  CHECK(has_default("retention.most_runs", std::to_string(defaults::most_runs)));
  CHECK(has_default("row_log", "`false`"));
  CHECK(has_default("max_delete_percent", std::to_string(defaults::max_delete_percent)));
  CHECK(has_default("max_rejected_percent", "99; 100 in mode `update`"));
  CHECK(defaults::max_rejected_percent == 99);
  CHECK(defaults::max_rejected_percent_of_updates == 100);
  CHECK(has_default("rejected_percent", std::to_string(defaults::rejected_percent)));
  CHECK(has_default("on_delete", "`\"delete\"`"));
  CHECK(has_default("delivery.writers", std::to_string(defaults::writers)));
  CHECK(has_default("delivery.batch_rows", std::to_string(defaults::batch_rows)));
  CHECK(has_default("delivery.window", std::to_string(defaults::window)));
  CHECK(has_default("delivery.drain_timeout", "`60s`"));
  CHECK(config::parse_duration("60s") == defaults::drain_timeout);
  CHECK(has_default("destination.batch_rows", std::to_string(defaults::http_batch_rows)));
  CHECK(has_default("destination.max_body", "`1MB`"));
  CHECK(config::parse_byte_size("1MB") == defaults::max_body);
  CHECK(has_default("destination.max_answer", "`4MB`"));
  CHECK(config::parse_byte_size("4MB") == defaults::max_answer);
  CHECK(has_default("destination.gzip", "`false`"));
  CHECK(has_default("destination.timeout", "`30s`"));
  CHECK(config::parse_duration("30s") == defaults::http_timeout);
  CHECK(has_default("destination.retry.base", "`500ms`"));
  CHECK(config::parse_duration("500ms") == defaults::retry_base);
  CHECK(has_default("destination.retry.cap", "`60s`"));
  CHECK(config::parse_duration("60s") == defaults::retry_cap);
  CHECK(has_default("destination.retry.give_up_after", "`10m`"));
  CHECK(config::parse_duration("10m") == defaults::give_up_after);
}

TEST_CASE("the service is given more time to stop than a drain takes by default") {
  const auto unit = content(example_folder / "sluice.service.in");
  const std::string setting = "\nTimeoutStopSec=";
  const auto begin = unit.find(setting);
  REQUIRE(begin != std::string::npos);
  const auto value = begin + setting.size();
  const auto timeout = config::parse_duration(unit.substr(value, unit.find('\n', value) - value));
  REQUIRE(timeout);
  CHECK(*timeout > config::defaults::drain_timeout);
}
