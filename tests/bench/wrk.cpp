#include "tests/bench/wrk.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>

#include "tests/support/process.hpp"

namespace sluice::bench {

double requests_of_wrk(std::vector<std::string> arguments, const std::filesystem::path& directory) {
  const auto ended = test::run_program(
      {.program = "wrk", .arguments = std::move(arguments), .directory = directory});
  INFO(ended.output, ended.errors);
  REQUIRE(ended.exit_code == 0);
  CHECK(ended.output.find("Non-2xx") == std::string::npos);
  CHECK(ended.output.find("Socket errors") == std::string::npos);
  const std::string_view name = "Requests/sec:";
  const auto found = ended.output.find(name);
  REQUIRE(found != std::string::npos);
  return std::stod(ended.output.substr(found + name.size()));
}

}  // namespace sluice::bench
