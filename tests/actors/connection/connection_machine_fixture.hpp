// The state of a connection, and short names for what happens to it.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "actors/connection/connection_machine.hpp"
#include "messages/names.hpp"

namespace sluice::test {

using namespace sluice::actors;
using namespace std::chrono_literals;

inline constexpr timestamp t0{1'000'000ms};

template <class A>
std::size_t count(const actions& todo) {
  std::size_t n = 0;
  for (const auto& a : todo) n += std::holds_alternative<A>(a) ? 1 : 0;
  return n;
}

template <class A>
const A& only(const actions& todo) {
  REQUIRE(count<A>(todo) == 1);
  for (const auto& a : todo)
    if (std::holds_alternative<A>(a)) return std::get<A>(a);
  throw std::logic_error("unreachable");
}

/// A machine with two writers and short names for the usual events.
struct machine_fixture {
  connection_memory memory;
  connection_machine state{{"customers", sync_mode::mirror, 2, "mapping 1"}, memory, std::nullopt};

  void begin(const start_options& options = {}, const run_id& run = "run-1") {
    const auto d = state.start(options, run, t0);
    REQUIRE_FALSE(d.refused);
    REQUIRE(count<action::record_run>(d.todo) == 1);
    REQUIRE(count<action::acquire_slot>(state.recorded(t0)) == 1);
    REQUIRE(count<action::spawn_run>(state.slot_granted()) == 1);
  }
  void send(std::uint64_t to_first, std::uint64_t to_second) {
    state.progressed(progress(to_first, to_second));
  }
  static read_progress progress(std::uint64_t to_first, std::uint64_t to_second) {
    read_progress p;
    p.counters.read = to_first + to_second;
    p.counters.inserts = to_first + to_second;
    p.sent = {to_first, to_second};
    p.batches = (to_first > 0 ? 1 : 0) + (to_second > 0 ? 1 : 0);
    return p;
  }
  actions halt(pass_end end, std::uint64_t to_first, std::uint64_t to_second, error why = {}) {
    reading_halted h;
    h.end = end;
    h.at = t0 + 5ms;
    h.total = progress(to_first, to_second);
    h.failed = std::move(why);
    return state.halted(h, t0 + 5ms);
  }
  void deliver(std::uint32_t writer, std::uint64_t n) {
    state.settled({writer_number{writer}, 1, n, 0, 0});
  }
  /// Lets both writers drain; returns what the last one leads to.
  actions drain() {
    CHECK(state.drained({writer_number{0}, {}}, t0 + 9ms).empty());
    return state.drained({writer_number{1}, {}}, t0 + 9ms);
  }
  /// From `settle_ledger` to the end that is recorded.
  action::close_run settle() {
    return only<action::close_run>(state.ledger_settled(row_count{42}, {}, t0 + 10ms));
  }
  run_record succeed() {
    begin();
    halt(pass_end::complete, 0, 0);
    drain();
    const auto end = settle();
    state.closed(t0);
    return end.run;
  }
};

inline const error source_gone{errc::source_failed, "read model", "customers", "gone", ""};
inline const error target_gone{errc::destination_failed, "deliver", "customers", "gone", ""};

}  // namespace sluice::test
