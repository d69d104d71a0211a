#include "runtime/destinations/http/same_refusals.hpp"

#include <doctest/doctest.h>

#include <string>

using sluice::destinations::same_refusals;

TEST_CASE("many refusals in the same words are a rule, said once") {
  same_refusals r;
  for (std::uint32_t i = 1; i < same_refusals::many; ++i) CHECK_FALSE(r.refused("HTTP 400: no"));
  CHECK_FALSE(r.expect("HTTP 400: no"));
  CHECK(r.refused("HTTP 400: no"));
  CHECK(r.expect("HTTP 400: no"));
  CHECK_FALSE(r.refused("HTTP 400: no"));
  CHECK(r.expect("HTTP 400: no"));
}

TEST_CASE("numbers may differ, words may not") {
  same_refusals r;
  for (std::uint32_t i = 0; i < same_refusals::many; ++i)
    r.refused("row " + std::to_string(i * 7) + ": unknown field");
  CHECK(r.expect("row 123456: unknown field"));
  CHECK_FALSE(r.expect("row 123456: unknown country"));
  r.refused("row 5: unknown country");
  CHECK_FALSE(r.expect("row 5: unknown field"));
  CHECK_FALSE(r.expect("row 5: unknown country"));
}

TEST_CASE("a row that is accepted ends the rule") {
  same_refusals r;
  for (std::uint32_t i = 0; i < same_refusals::many; ++i) r.refused("no");
  r.accepted();
  CHECK_FALSE(r.expect("no"));
}
