// `sluice presets`, on a terminal of 80 columns and as JSON.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/cli/render_preset.hpp"
#include "runtime/cli/text.hpp"
#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

/// The longest line outside of the examples of JSON.
std::size_t widest(const std::string& text) {
  std::size_t out = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line != "{";)
    if (line.find("https://") == std::string::npos) out = std::max(out, cli::display_width(line));
  return out;
}

}  // namespace

TEST_CASE("the list and every page fit a terminal of 80 columns") {
  const auto all = config::builtin_pages();
  CHECK(widest(cli::list_of(all, {}, 80)) <= 80);
  for (const auto& page : all) {
    const auto text = cli::text_of(page, {}, 80);
    INFO(text);
    CHECK(widest(text) <= 80);
    for (const auto& each : page.parameters) CHECK(contains(text, each.name));
  }
}

TEST_CASE_FIXTURE(shim_fixture,
                  "presets are listed with what they write and the modes that they offer") {
  const auto list = shim({"presets"});
  CHECK(list.exit_code == 0);
  CHECK(contains(list.output, "salesforce"));
  CHECK(contains(list.output, "HubSpot contacts"));
  CHECK(contains(list.output, "upsert, mirror"));
  const auto all = document_of(shim({"presets", "--json"}));
  CHECK(all.size() == config::builtin_pages().size());
  CHECK(all.at(0).at("modes").at("upsert") == true);
}

TEST_CASE_FIXTURE(shim_fixture,
                  "the page of a preset has what it needs, and a connection to paste") {
  const auto page = shim({"presets", "intercom"});
  CHECK(page.exit_code == 0);
  for (const auto* part :
       {"Intercom contacts", "not upsert: Intercom updates contacts by its own id", "token",
        "secret", "10,000 requests a minute", "\"preset\": \"intercom\"", "${env:INTERCOM_TOKEN}"})
    CHECK_MESSAGE(contains(page.output, part), part);
  CHECK(contains(shim({"presets", "marketo"}).output, "\"client_auth\": \"query\""));
  CHECK(document_of(shim({"presets", "slack", "--json"})).at("modes").at("mirror") !=
        nlohmann::json(true));
  const auto unknown = shim({"presets", "intercon"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.errors, "did you mean \"intercom\"?"));
}
