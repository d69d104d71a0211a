#include "runtime/diff/decision.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::diff;

namespace {

constexpr hash128 value{1, 2};
constexpr hash128 other{1, 3};

ledger::known_row acknowledged(bool in_doubt = false) { return {value, 4, true, in_doubt, 0}; }

}  // namespace

TEST_CASE("an acknowledged value that is the same is unchanged") {
  CHECK(decide(acknowledged(), value, std::nullopt) == decision::unchanged);
  CHECK(decide(acknowledged(), value, 4) == decision::unchanged);
}

TEST_CASE("an acknowledged value that differs is an update") {
  CHECK(decide(acknowledged(), other, std::nullopt) == decision::update);
}

TEST_CASE("a full run delivers again what an earlier epoch acknowledged") {
  CHECK(decide(acknowledged(), value, 5) == decision::update);
}

TEST_CASE("a key in doubt is delivered again even if the value is the same") {
  CHECK(decide(acknowledged(true), value, std::nullopt) == decision::update);
  CHECK(decide(acknowledged(true), value, 4) == decision::update);
}

TEST_CASE("a key that was never acknowledged is an insert whatever its fingerprint says") {
  CHECK(decide(std::nullopt, value, std::nullopt) == decision::insert);
  CHECK(decide(ledger::known_row{value, 4, false, true, 0}, value, 4) == decision::insert);
}
