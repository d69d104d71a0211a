// The example configuration and the reference page, so that neither goes stale.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "runtime/config/builtin_presets.hpp"
#include "runtime/config/duration.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;

namespace {

const std::filesystem::path example_folder = std::filesystem::path(SLUICE_SOURCE_DIR) / "config";

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string reference_text() { return content(example_folder / "reference.md"); }

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
  const auto page = reference_text();
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
  int lookups = 0;
  for (const auto& fragment : fragments(reference_text())) {
    INFO(fragment);
    if (nlohmann::json::parse(fragment).contains("preset")) {
      ++presets;
      const test::http_connection connection(R"("preset": "../own.json", "with": {"token": "x"})");
      connection.folder.write("own.json", fragment);
      CHECK(connection.problems() == "");
    } else if (nlohmann::json::parse(fragment).contains("take")) {
      ++lookups;
      CHECK(test::http_problems(R"("upsert": {"method": "POST", "url": "https://a.example/p",
                                   "body": {"account": "{{lookup.account_id}}"}}, "lookup": )" +
                                fragment) == "");
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
  CHECK(lookups == 1);
}

TEST_CASE("the reference page has a row for every built-in preset with its parameters") {
  const auto page = reference_text();
  for (const auto& preset : config::builtin_presets()) {
    const auto row = row_of(page, std::string(preset.name));
    CHECK_MESSAGE(!row.empty(), preset.name);
    const auto document = nlohmann::json::parse(preset.text, nullptr, true, true);
    for (const auto& [name, about] : document["preset"]["parameters"].items()) {
      auto written = "`" + name + "`";
      if (about.contains("default")) {
        const auto& value = about["default"];
        written += " (`" + (value.is_string() ? value.get<std::string>() : value.dump()) + "`)";
      }
      CHECK_MESSAGE(row.find(written) != std::string::npos, written);
    }
    const bool deletes = document["destination"].contains("delete");
    CHECK((row.find("; upsert, mirror |") != std::string::npos) == deletes);
  }
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
