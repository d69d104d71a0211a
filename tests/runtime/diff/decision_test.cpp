#include "runtime/diff/decision.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace sluice;
using namespace sluice::diff;

namespace {

constexpr hash128 value{1, 2};
constexpr hash128 other{1, 3};

ledger::known_row acknowledged(bool in_doubt = false) { return {value, 4, true, in_doubt, 0}; }
const ledger::known_row only_in_doubt{value, 4, false, true, 0};

constexpr std::array every_mode{sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                                sync_mode::update, sync_mode::append};

}  // namespace

TEST_CASE("an acknowledged value that is the same is unchanged in every mode") {
  for (const auto mode : every_mode) {
    CAPTURE(to_string(mode));
    CHECK(decide({mode}, acknowledged(), value) == decision::unchanged);
    CHECK(decide({mode, 4}, acknowledged(), value) == decision::unchanged);
  }
}

TEST_CASE("an acknowledged value that differs is an update but in mode insert") {
  for (const auto mode : every_mode) {
    CAPTURE(to_string(mode));
    const auto expected = mode == sync_mode::insert ? decision::unchanged : decision::update;
    CHECK(decide({mode}, acknowledged(), other) == expected);
    CHECK(decide({mode, 4}, acknowledged(), other) == expected);
  }
}

TEST_CASE("a full run delivers again what an earlier epoch acknowledged but in mode insert") {
  for (const auto mode : every_mode) {
    CAPTURE(to_string(mode));
    CHECK(decide({mode, 5}, acknowledged(), value) ==
          (mode == sync_mode::insert ? decision::unchanged : decision::update));
  }
}

TEST_CASE("a key in doubt is delivered again even if the value is the same") {
  for (const auto mode : every_mode) {
    CAPTURE(to_string(mode));
    const auto expected = mode == sync_mode::insert ? decision::insert : decision::update;
    CHECK(decide({mode}, acknowledged(true), value) == expected);
    CHECK(decide({mode, 4}, acknowledged(true), value) == expected);
  }
}

TEST_CASE("a key that was never acknowledged is an insert whatever its fingerprint says") {
  for (const auto mode :
       {sync_mode::upsert, sync_mode::mirror, sync_mode::insert, sync_mode::append}) {
    CAPTURE(to_string(mode));
    CHECK(decide({mode}, std::nullopt, value) == decision::insert);
    CHECK(decide({mode, 4}, only_in_doubt, value) == decision::insert);
  }
}

TEST_CASE("mode update takes a key that was never acknowledged for an update") {
  CHECK(decide({sync_mode::update}, std::nullopt, value) == decision::update);
  CHECK(decide({sync_mode::update, 4}, only_in_doubt, value) == decision::update);
}

TEST_CASE("after an insert of a row in doubt nobody knows which value is there") {
  CHECK(value_after({sync_mode::insert}, true, value) == unknown_value);
  CHECK(value_after({sync_mode::insert}, false, value) == value);
  for (const auto mode :
       {sync_mode::upsert, sync_mode::mirror, sync_mode::update, sync_mode::append}) {
    CAPTURE(to_string(mode));
    CHECK(value_after({mode}, true, value) == value);
  }
  // So that a later run in another mode delivers the row.
  CHECK(decide({sync_mode::upsert}, ledger::known_row{unknown_value, 4, true, false, 0}, value) ==
        decision::update);
}
