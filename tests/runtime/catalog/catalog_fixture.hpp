// A catalog in a directory of its own, with runs and connections to put into it.
#pragma once

#include <string>

#include "messages/names.hpp"
#include "runtime/catalog/catalog.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

inline timestamp at_second(int s) {
  return timestamp{std::chrono::seconds{1'769'850'000} + std::chrono::seconds{s}};
}

struct catalog_fixture {
  catalog::catalog open(timestamp now = at_second(1000)) { return {dir.path(), now, bounds}; }

  /// A run that has just begun; `number` makes its id, which ascends with it.
  static run_record new_run(int number, const connection_name& connection = "customers") {
    run_record run;
    auto digits = std::to_string(number);
    run.run = run_id("01JD" + std::string(22 - digits.size(), '0') + digits);
    run.connection = connection;
    run.started_at = at_second(number);
    return run;
  }
  static connection_memory memory_of(const connection_name& connection = "customers") {
    connection_memory memory;
    memory.connection = connection;
    memory.mapping_identity = "mapping";
    return memory;
  }
  static run_record ended(run_record run, run_state state = run_state::succeeded) {
    run.state = state;
    run.finished_at = run.started_at + std::chrono::seconds{1};
    return run;
  }

  temp_dir dir;
  catalog::limits bounds;
};

}  // namespace sluice::test
