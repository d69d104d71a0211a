#include "runtime/digest/plan.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace sluice;
using digest::better_all;
using digest::differing_rows;
using digest::finer_bits;
using digest::first_bits;

namespace {

source::bucket_set so_many(unsigned bits, std::uint32_t buckets) {
  source::bucket_set set{bits, {}};
  for (std::uint32_t i = 0; i < buckets; ++i) set.numbers.push_back(i);
  return set;
}

}  // namespace

TEST_CASE("the first round has more buckets the more rows there are and the more changed") {
  CHECK(first_bits(0, 0) == 4);
  CHECK(first_bits(100, 0) == 4);
  CHECK(first_bits(1'000'000, 100) == 14);
  CHECK(first_bits(1'000'000, 0) == 14);
  CHECK(first_bits(1'000'000, 10'000) == 17);
  CHECK(first_bits(10'000'000, 0) == 17);
  // A bucket of many rows is worth its group in the database.
  CHECK(first_bits(40'000'000, 0) == 19);
  CHECK(first_bits(100'000'000, 0) == 20);
  CHECK(first_bits(1'000'000'000, 0) == 20);
  // A load tells nothing of what will change, and no bucket is made for a handful of rows.
  CHECK(first_bits(1'000'000, 1'000'000) == 14);
  CHECK(first_bits(10'000, 4'000) == 11);
}

TEST_CASE("how many rows differ is told by how many buckets do") {
  CHECK(differing_rows(so_many(14, 0)) == 0);
  CHECK(std::lround(differing_rows(so_many(14, 100))) == 100);
  // 10,000 rows fall into 46 % of 16,384 buckets.
  const auto buckets = static_cast<std::uint32_t>(16'384 * (1 - std::exp(-10'000 / 16'384.0)));
  CHECK(std::lround(differing_rows(so_many(14, buckets)) / 100) == 100);
  CHECK(differing_rows(so_many(4, 16)) > 16);
}

TEST_CASE("another round is made where many rows would be read for few that differ") {
  // 0.01 %: the hundred buckets hold less than one row in eight.
  CHECK_FALSE(finer_bits(1'000'000, so_many(14, 100), 6'100));
  // 1 %: half of the buckets differ.
  const auto bits = finer_bits(1'000'000, so_many(14, 7'500), 458'000);
  REQUIRE(bits);
  CHECK(*bits > 14);
  CHECK(*bits <= source::most_bucket_bits);
  // Everything differs: finer buckets would, too.
  CHECK_FALSE(finer_bits(1'000'000, so_many(14, 16'384), 1'000'000));
  CHECK_FALSE(finer_bits(500, so_many(4, 8), 250));
  // As many buckets as memory is meant for.
  const auto many = finer_bits(1'000'000'000, so_many(17, 60'000), 460'000'000);
  REQUIRE(many);
  CHECK((60'000ull << (*many - 17)) <= 1u << 20);
}

TEST_CASE("where most rows would be read all are") {
  CHECK_FALSE(better_all(1'000, 400));
  CHECK(better_all(1'000, 600));
  CHECK_FALSE(better_all(0, 0));
}
