// What a command costs that asks no node.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/support/process.hpp"

namespace sluice::test {

/// How long the program `binary` takes to start and end: its libraries, on this machine, just now.
/// What a command takes beyond that is the node's.
inline std::chrono::milliseconds time_to_start(const std::string& binary) {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run_program({.program = binary, .arguments = {"--version"}}, std::chrono::seconds(30))
            .exit_code == 0);
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace sluice::test
