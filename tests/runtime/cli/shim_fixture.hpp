// The real command line as a program, against a node double in the test.
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/runtime/net/node_double.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct shim_fixture {
  temp_dir dir;
  net::address where{dir.path() / "node.sock"};

  /// How the program is started with these arguments, to be adapted.
  [[nodiscard]] program command(std::vector<std::string> arguments) const {
    return {.program = SHIM,
            .arguments = std::move(arguments),
            .environment = {{"SLUICE_NODE", where.text()}, {"NO_COLOR", ""}, {"TERM", "xterm"}},
            .directory = dir.path()};
  }
  outcome shim(std::vector<std::string> arguments) const {
    return run_program(command(std::move(arguments)), std::chrono::seconds{30} * slowdown);
  }
};

/// The one document that a command printed. Fails the test if there is not exactly one.
inline nlohmann::json document_of(const outcome& o) {
  REQUIRE(o.output.find('\n') == o.output.size() - 1);
  return nlohmann::json::parse(o.output);
}

}  // namespace sluice::test
