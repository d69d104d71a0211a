// What the index of digests costs by itself, and what its plan has come over the wire from a source
// that exists only as numbers: for more rows than a database here holds.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/hash128.hpp"
#include "runtime/digest/bucket_table.hpp"
#include "runtime/digest/index_file.hpp"
#include "runtime/digest/plan.hpp"
#include "runtime/ledger/file.hpp"
#include "tests/bench/figures.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/world/dice.hpp"

using namespace sluice;
using namespace sluice::bench;
using test::mix;

namespace {

constexpr auto how = source::combination::sum;
constexpr std::uint64_t one_in = 10'000;  ///< rows change
constexpr double digest_bytes = 50;
constexpr double row_bytes = 95;  ///< of the other rows of the bench

/// SLUICE_BENCH_INDEX: rows of the index; default 10,000,000, 64 bytes each.
std::uint64_t index_rows() {
  const auto* const said = std::getenv("SLUICE_BENCH_INDEX");
  return said != nullptr ? std::stoull(said) : 10'000'000;
}

/// Row `n` of `rows`, in the order of an index.
digest::entry entry_of(std::uint64_t n, std::uint64_t rows) {
  return {.source_key = {n * (~0ull / rows), mix(n, 0)},
          .source_row = {mix(n, 1), mix(n, 2)},
          .key = {mix(n, 3), mix(n, 4)},
          .fingerprint = {mix(n, 5), mix(n, 6)}};
}

/// The same in the source: one in `one_in` has changed.
hash128 row_now(const digest::entry& x, std::uint64_t n) {
  if (mix(n, 7) % one_in != 0) return x.source_row;
  return {x.source_row.high + 1, x.source_row.low};
}

std::vector<source::bucket_digest> digests_of_source(std::uint64_t rows, unsigned bits,
                                                     const source::bucket_set& within) {
  std::vector<source::bucket_digest> out;
  for (std::uint64_t n = 0; n < rows; ++n) {
    const auto x = entry_of(n, rows);
    if (within.bits > 0 &&
        !std::ranges::binary_search(within.numbers, source::bucket_of(x.source_key, within.bits)))
      continue;
    const auto bucket = source::bucket_of(x.source_key, bits);
    if (out.empty() || out.back().bucket != bucket) out.push_back({bucket, {}});
    out.back().of.add(how, row_now(x, n));
  }
  return out;
}

}  // namespace

TEST_CASE("digests, a large index") {
  const auto rows = index_rows();
  const auto count = static_cast<double>(rows);
  const test::temp_dir dir;
  const auto file = dir.path() / "index";
  memory_watch memory(::getpid());
  const auto written = seconds([&] {
    digest::index_writer to(ledger::system_calls::real(), file, how);
    for (std::uint64_t n = 0; n < rows; ++n) to.add(entry_of(n, rows));
    to.finish({.meaning = {1, 1}, .at = {}, .changed = rows / one_in});
  });
  auto index = digest::index_reader::open(file);
  REQUIRE(index);

  double streamed = 0, digests = 0;
  int rounds = 0;
  source::bucket_set within;
  digest::difference found;
  for (auto next = std::optional(digest::first_bits(rows, rows / one_in)); next; ++rounds) {
    const auto bits = *next;
    digest::bucket_table ours(how, bits, within);
    streamed += seconds([&] {
      index->rewind();
      digest::entry x;
      while (index->next(x)) ours.add(x, true);
    });
    const auto theirs = digests_of_source(rows, bits, within);
    digests += static_cast<double>(theirs.size());
    found = ours.against(theirs);
    next = digest::finer_bits(rows, found.buckets, found.source_rows);
    within = found.buckets;
  }
  const auto fetched = digests * digest_bytes + static_cast<double>(found.source_rows) * row_bytes;
  const auto what = fmt::format("an index of {} M rows: ", rows / 1'000'000);
  add({what + "written", rate(count, written),
       fmt::format("{:.1f} GB", static_cast<double>(std::filesystem::file_size(file)) / 1e9), "",
       true});
  add({what + "compared", rate(count * rounds, streamed), fmt::format("{} rounds", rounds), "",
       true});
  add({what + "bytes by plan, 0.01 % changed", fmt::format("1/{:.0f}", count * row_bytes / fetched),
       fmt::format("{:.0f} digests, {} rows", digests, found.source_rows), "1/50",
       fetched * 50 <= count * row_bytes});
  const auto most = memory.end();
  add({what + "memory", fmt::format("{:.0f} MiB", most), "", "at most 150 MiB", most <= 150});
}
