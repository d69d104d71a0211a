#include "runtime/destinations/http/circuit.hpp"

#include <doctest/doctest.h>

using sluice::destinations::circuit;
using namespace std::chrono_literals;

namespace {

constexpr circuit::clock::time_point start{};
const int first = 0;
const int second = 0;
const int third = 0;

circuit opened() {
  circuit out;
  for (std::uint32_t i = 0; i < circuit::threshold; ++i) out.failed(&first, start + i * 1s);
  return out;
}

}  // namespace

TEST_CASE("a circuit opens when requests failed in a row") {
  circuit c;
  for (std::uint32_t i = 1; i < circuit::threshold; ++i) c.failed(&first, start);
  CHECK_FALSE(c.open());
  CHECK(c.admit(&first));
  CHECK(c.admit(&second));
  c.failed(&first, start);
  CHECK(c.open());
}

TEST_CASE("a success between failures keeps a circuit closed") {
  circuit c;
  for (int i = 0; i < 20; ++i) {
    c.failed(&first, start);
    c.failed(&first, start);
    c.succeeded();
  }
  CHECK_FALSE(c.open());
}

TEST_CASE("an open circuit lets one request through at a time") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  CHECK(c.admit(&first));  // the same request, which waited for something else
}

TEST_CASE("those who ask an open circuit take turns") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  CHECK_FALSE(c.admit(&third));
  c.failed(&first, start + 1min);
  CHECK_FALSE(c.admit(&first));
  CHECK_FALSE(c.admit(&third));
  CHECK(c.admit(&second));
  c.failed(&second, start + 2min);
  CHECK_FALSE(c.admit(&second));
  CHECK(c.admit(&third));
  c.failed(&third, start + 3min);
  CHECK(c.admit(&first));
}

TEST_CASE("one who asks alone has turn after turn") {
  auto c = opened();
  for (int i = 0; i < 5; ++i) {
    CHECK(c.admit(&first));
    c.failed(&first, start + i * 1min);
  }
  CHECK(c.failed_probes() == 5);
}

TEST_CASE("a probe that succeeds closes the circuit for all") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  c.succeeded();
  CHECK_FALSE(c.open());
  CHECK(c.admit(&second));
  CHECK(c.admit(&first));
}

TEST_CASE("a probe that shows nothing is passed on and leaves the circuit open") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  c.pass_on(&first);
  CHECK(c.open());
  CHECK(c.admit(&second));
}

TEST_CASE("another one probes when the first leaves, and nobody waits for one who left") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  CHECK_FALSE(c.admit(&third));
  c.leave(&second);
  c.leave(&first);
  CHECK(c.admit(&third));
  CHECK_FALSE(c.admit(&first));
}

TEST_CASE("an outage began with its first failure and ends with a success") {
  circuit c;
  CHECK_FALSE(c.failing_since());
  c.failed(&first, start + 1s);
  c.failed(&first, start + 9s);
  CHECK(c.failing_since() == start + 1s);
  c.succeeded();
  CHECK_FALSE(c.failing_since());
  c.failed(&first, start + 20s);
  CHECK(c.failing_since() == start + 20s);
}
