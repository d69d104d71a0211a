// The README's first connection, run as it stands there.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/e2e/node_fixture.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// The script of the README that begins with `first_line`.
std::string readme_script(const std::string& first_line) {
  std::ifstream file(std::filesystem::path(SLUICE_SOURCE_DIR) / "README.md");
  std::stringstream text;
  text << file.rdbuf();
  const auto readme = text.str();
  const std::string marker = "<!-- tests/e2e/readme_test.cpp runs this -->\n```sh\n";
  const auto begin = readme.find(marker + first_line);
  REQUIRE(begin != std::string::npos);
  const auto first = begin + marker.size();
  return readme.substr(first, readme.find("```", first) - first);
}

/// Runs the script in `dir`.
void run_script(const std::string& first_line, const test::temp_dir& dir) {
  const auto bin = std::filesystem::path(SLUICE_BINARY).parent_path().string();
  const auto ended =
      test::run_program({.program = "bash",
                         .arguments = {"-e", "-c", readme_script(first_line) + "wait\n"},
                         .environment = {{"PATH", bin + ":" + std::getenv("PATH")},
                                         {"SLUICE_NODE", std::nullopt},
                                         {"DISPLAY", std::nullopt},  // nothing is to be opened
                                         {"WAYLAND_DISPLAY", std::nullopt}},
                         .directory = dir.path()},
                        60s);
  INFO("stdout: ", ended.output);
  INFO("stderr: ", ended.errors);
  CHECK(ended.exit_code == 0);
}

}  // namespace

TEST_CASE("the first connection of the README works with copy and paste") {
  const test::temp_dir dir;
  run_script("mkdir -p first", dir);
  const auto rows = test::replay_jsonl(dir.path() / "first/customers.jsonl");
  REQUIRE(rows.size() == 1);
  CHECK(rows.begin()->second["spent"] == 99);
}

TEST_CASE("the README's way to an API works with copy and paste") {
  const test::temp_dir dir;
  run_script("mkdir -p api", dir);
  std::ifstream file(dir.path() / "api/received");
  const std::string received(std::istreambuf_iterator<char>(file), {});
  CAPTURE(received);
  CHECK(received.find(R"(POST /contacts Bearer secret-token {"contacts":[{"id":1,)"
                      R"("email":"ada@example.com","totals":{"spent":12.5}})") !=
        std::string::npos);
  CHECK(received.find(R"({"id":2,"email":"grace@example.com","totals":{}})") != std::string::npos);
  CHECK(received.find("DELETE /contacts/3 Bearer secret-token") != std::string::npos);
}

TEST_CASE("the README's way to an API behind OAuth works with copy and paste") {
  const test::temp_dir dir;
  run_script("mkdir -p oauth", dir);
  std::ifstream file(dir.path() / "oauth/received");
  std::map<std::string, int> rows_of;  // by access token
  std::string token;
  std::string row;
  while (file >> token && std::getline(file, row)) ++rows_of[token];
  REQUIRE(rows_of.size() == 2);
  CHECK(rows_of.begin()->second + rows_of.rbegin()->second == 5);
}

TEST_CASE("the README's way to three nodes works with copy and paste") {
  const test::temp_dir dir;
  run_script("mkdir -p three", dir);
  CHECK(test::replay_jsonl(dir.path() / "three/customers.jsonl").size() == 2);
  CHECK(std::filesystem::exists(dir.path() / "three/state-b/ledger/customers"));
}
