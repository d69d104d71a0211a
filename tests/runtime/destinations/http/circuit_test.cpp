#include "runtime/destinations/http/circuit.hpp"

#include <doctest/doctest.h>

using sluice::destinations::circuit;
using namespace std::chrono_literals;

namespace {

constexpr circuit::clock::time_point start{};
const int first = 0;
const int second = 0;

circuit opened() {
  circuit out;
  for (std::uint32_t i = 0; i < circuit::threshold; ++i) out.failed(start + i * 1s);
  return out;
}

}  // namespace

TEST_CASE("a circuit opens when requests failed in a row") {
  circuit c;
  for (std::uint32_t i = 1; i < circuit::threshold; ++i) c.failed(start);
  CHECK_FALSE(c.open());
  CHECK(c.admit(&first));
  CHECK(c.admit(&second));
  c.failed(start);
  CHECK(c.open());
}

TEST_CASE("a success between failures keeps a circuit closed") {
  circuit c;
  for (int i = 0; i < 20; ++i) {
    c.failed(start);
    c.failed(start);
    c.succeeded();
  }
  CHECK_FALSE(c.open());
}

TEST_CASE("an open circuit is probed by the first who asks") {
  auto c = opened();
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
  CHECK(c.admit(&first));  // its next attempt
  c.failed(start + 1min);
  CHECK(c.admit(&first));
  CHECK_FALSE(c.admit(&second));
}

TEST_CASE("a probe that succeeds closes the circuit for all") {
  auto c = opened();
  CHECK(c.admit(&first));
  c.succeeded();
  CHECK_FALSE(c.open());
  CHECK(c.admit(&second));
  CHECK(c.admit(&first));
}

TEST_CASE("another one probes when the first leaves") {
  auto c = opened();
  CHECK(c.admit(&first));
  c.leave(&second);
  CHECK_FALSE(c.admit(&second));
  c.leave(&first);
  CHECK(c.admit(&second));
  CHECK_FALSE(c.admit(&first));
}

TEST_CASE("an outage began with its first failure and ends with a success") {
  circuit c;
  CHECK_FALSE(c.failing_since());
  c.failed(start + 1s);
  c.failed(start + 9s);
  CHECK(c.failing_since() == start + 1s);
  c.succeeded();
  CHECK_FALSE(c.failing_since());
  c.failed(start + 20s);
  CHECK(c.failing_since() == start + 20s);
}
