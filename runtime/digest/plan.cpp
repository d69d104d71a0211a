#include "runtime/digest/plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::digest {
namespace {

/// What a digest and a row cost on the wire, about. Rows of any width between 100 and 1,000 bytes
/// move the best number of buckets by a bit at most.
constexpr double digest_bytes = 50;
constexpr double row_bytes = 250;
/// Of the first round: many buckets cost time, since each is a group in the database. Where there
/// are `rows_for_a_group` for each, hashing them costs more.
constexpr unsigned fewest_bits = 4;
constexpr unsigned usual_most_bits = 17;
constexpr std::uint64_t rows_for_a_group = 128;
/// Where nothing is known of earlier runs, one row in so many is taken for changed.
constexpr std::uint64_t usual_share = 10'000;
/// With fewer rows in a bucket the digests cost as much as rows would.
constexpr std::uint64_t fewest_rows_in_bucket = 8;

unsigned best_bits(double rows, double changed) {
  const auto buckets = std::sqrt(std::max(changed, 1.0) * rows * row_bytes / digest_bytes);
  return static_cast<unsigned>(std::lround(std::log2(std::max(buckets, 1.0))));
}

}  // namespace

std::uint64_t expected_changes(std::uint64_t rows, std::uint64_t changed) {
  return changed > rows / 2 ? 0 : changed;
}

unsigned first_bits(std::uint64_t rows, std::uint64_t changed) {
  const auto expected = expected_changes(rows, changed);
  const auto bits = best_bits(static_cast<double>(rows),
                              static_cast<double>(std::max(expected, rows / usual_share)));
  const auto bits_of = [](std::uint64_t buckets) {
    return static_cast<unsigned>(std::bit_width(buckets));
  };
  const auto affordable = std::min(std::max(bits_of(rows / rows_for_a_group), usual_most_bits),
                                   source::most_bucket_bits);
  return std::max(std::min({bits, bits_of(rows / fewest_rows_in_bucket), affordable}), fewest_bits);
}

double differing_rows(const source::bucket_set& differing) {
  const auto all = std::exp2(differing.bits);
  // Of all buckets it cannot be told; then there are some more than buckets.
  const auto equal = std::max(all - static_cast<double>(differing.numbers.size()), 0.5);
  return -all * std::log(equal / all);
}

std::optional<unsigned> finer_bits(std::uint64_t rows, const source::bucket_set& differing,
                                   std::uint64_t rows_in_them) {
  constexpr std::uint64_t worth_a_scan = 8;  // of the rows, one in so many
  if (rows_in_them < rows / worth_a_scan || rows_in_them < 1'000) return std::nullopt;
  // Where nearly all differ, all rows may do so, for all that is known.
  const auto all = std::exp2(differing.bits);
  if (static_cast<double>(differing.numbers.size()) > 0.98 * all) return std::nullopt;
  const auto changed = differing_rows(differing);
  const auto bits =
      std::min(best_bits(static_cast<double>(rows), changed), source::most_bucket_bits);
  if (bits <= differing.bits) return std::nullopt;
  const auto buckets = static_cast<double>(source::count_buckets(bits, differing));
  const auto row_share = changed * static_cast<double>(rows) / std::exp2(bits);
  const auto finer = buckets * digest_bytes + row_share * row_bytes;
  const auto as_it_is = static_cast<double>(rows_in_them) * row_bytes;
  if (finer > as_it_is / 2) return std::nullopt;
  return bits;
}

bool better_all(std::uint64_t rows, std::uint64_t rows_in_them) { return rows_in_them > rows / 2; }

}  // namespace sluice::digest
