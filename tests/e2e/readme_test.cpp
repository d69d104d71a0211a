// The README's first connection, run as it stands there.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

std::string readme_script() {
  std::ifstream file(std::filesystem::path(SLUICE_SOURCE_DIR) / "README.md");
  std::stringstream text;
  text << file.rdbuf();
  const auto readme = text.str();
  const std::string marker = "<!-- tests/e2e/readme_test.cpp runs this -->\n```sh\n";
  const auto begin = readme.find(marker);
  REQUIRE(begin != std::string::npos);
  const auto first = begin + marker.size();
  return readme.substr(first, readme.find("```", first) - first);
}

}  // namespace

TEST_CASE("the first connection of the README works with copy and paste") {
  const test::temp_dir dir;
  const auto bin = std::filesystem::path(SLUICE_BINARY).parent_path().string();
  const auto ended = test::run_program(
      {.program = "bash",
       .arguments = {"-e", "-c", readme_script() + "wait\n"},
       .environment = {{"PATH", bin + ":" + std::getenv("PATH")}, {"SLUICE_NODE", std::nullopt}},
       .directory = dir.path()},
      60s);
  INFO("stdout: ", ended.output);
  INFO("stderr: ", ended.errors);
  CHECK(ended.exit_code == 0);
  const auto rows = test::replay_jsonl(dir.path() / "first/customers.jsonl");
  REQUIRE(rows.size() == 1);
  CHECK(rows.begin()->second["spent"] == 99);
}
