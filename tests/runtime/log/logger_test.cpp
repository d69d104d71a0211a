#include "runtime/log/logger.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "runtime/log/redactor.hpp"

using namespace sluice::log;

namespace {

std::vector<nlohmann::json> parsed_lines(const std::ostringstream& out) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(out.str());
  for (std::string text; std::getline(in, text);) lines.push_back(nlohmann::json::parse(text));
  return lines;
}

}  // namespace

TEST_CASE("a logger formats its arguments and writes one line per call") {
  std::ostringstream out;
  const logger log({level::info, format::text}, out);
  log.info("read {} rows of {}", 7, "customers");
  log.error("gone");
  const auto text = out.str();
  CHECK(text.find("info    read 7 rows of customers\n") != std::string::npos);
  CHECK(text.find("error   gone\n") != std::string::npos);
}

TEST_CASE("lines below the level are not written and the level can change for all copies") {
  std::ostringstream out;
  logger log({level::warning, format::text}, out);
  const auto copy = log.about({"customers", ""});
  copy.info("quiet");
  CHECK(out.str().empty());
  CHECK_FALSE(copy.enabled(level::info));
  log.set_level(level::debug);
  copy.debug("loud");
  CHECK(out.str().find("loud") != std::string::npos);
}

TEST_CASE("every line of a scoped logger names its connection and run") {
  std::ostringstream out;
  const logger log({level::debug, format::json}, out);
  log.about({.connection = "customers", .run = "01JD"}).debug("began");
  log.info("node");
  const auto lines = parsed_lines(out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["connection"] == "customers");
  CHECK(lines[0]["run"] == "01JD");
  CHECK_FALSE(lines[1].contains("connection"));
}

TEST_CASE("a registered secret reaches no line in either form") {
  secrets().add("canary-\"7f3\"\n");
  for (const auto form : {format::text, format::json}) {
    std::ostringstream out;
    const logger log({level::info, form}, out);
    log.info("the driver says: Pwd={}", "canary-\"7f3\"\n");
    CHECK(out.str().find("canary") == std::string::npos);
    CHECK(out.str().find("Pwd=***") != std::string::npos);
  }
}

TEST_CASE("lines that many threads write at once stay whole") {
  std::ostringstream out;
  const logger log({level::info, format::json}, out);
  constexpr int threads = 8;
  constexpr int lines_each = 500;
  {
    std::vector<std::jthread> writers;
    writers.reserve(threads);
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&log, t] {
        const auto mine = log.about({sluice::connection_name(std::to_string(t)), ""});
        for (int i = 0; i < lines_each; ++i) {
          if (i % 100 == 0) secrets().add("secret-" + std::to_string(t) + "-" + std::to_string(i));
          mine.info("line {}", i);
        }
      });
    }
  }
  const auto lines = parsed_lines(out);
  REQUIRE(lines.size() == threads * lines_each);
  std::vector<int> next(threads, 0);
  for (const auto& line : lines) {
    auto& expected = next[std::stoul(line["connection"].get<std::string>())];
    CHECK(line["message"] == "line " + std::to_string(expected++));
  }
}
