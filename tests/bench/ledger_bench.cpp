// The ledger alone: a first load, lookups in random order, a pass in which nothing changed, durable
// outcomes of several writers, memory.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "messages/error.hpp"
#include "messages/row.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/file.hpp"
#include "runtime/ledger/ledger.hpp"
#include "tests/bench/figures.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;

namespace {

constexpr std::uint64_t rows_per_batch = 1000;
constexpr std::size_t lookup_block = 1000;

/// Time by the clock, and the processor's time of all threads: on a busy machine only the latter
/// says what the ledger costs.
struct cost {
  double wall = 0;
  double cpu = 0;

  cost& operator+=(const cost& other) {
    wall += other.wall;
    cpu += other.cpu;
    return *this;
  }
};

double now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

cost cost_of(const std::function<void()>& work) {
  const cost begin{now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID)};
  work();
  return {now(CLOCK_MONOTONIC) - begin.wall, now(CLOCK_PROCESS_CPUTIME_ID) - begin.cpu};
}

void report(const std::string& what, std::uint64_t rows, const cost& spent) {
  const auto count = static_cast<double>(rows);
  fmt::print("{:<62} {:>8.2f} s {:>11.0f} rows/s {:>7.3f} us of CPU per row\n", what, spent.wall,
             count / spent.wall, spent.cpu / count * 1e6);
}

/// Memory of this process that no file backs, in MiB.
double own_memory() { return bench::status_mib(::getpid(), "RssAnon"); }

std::string packed_key(std::uint64_t row) {
  std::string packed;
  append_value(packed, value_kind::text,
               fmt::format("{:08x}-0000-4000-8000-{:012x}", row * 2654435761u % 4294967296u, row));
  return packed;
}

hash128 fingerprint(std::uint64_t row) { return {row * 3 + 1, row}; }

batch batch_of(std::uint64_t first, std::uint64_t count) {
  batch deltas;
  for (auto row = first; row < first + count; ++row) {
    const auto key = packed_key(row);
    deltas.append(operation::insert, ledger::hash_text(key), fingerprint(row), key, {});
  }
  return deltas;
}

/// Anonymous memory at its largest while writers record; sampled by the writers themselves.
struct memory_peak {
  double mib = 0;
  void sample() { mib = std::max(mib, own_memory()); }
};

void first_load(ledger::ledger& store, std::uint64_t rows, memory_peak& peak) {
  const std::vector<fate> delivered(rows_per_batch, fate::delivered);
  cost recording;
  std::vector<double> commits;
  for (std::uint64_t row = 0; row < rows; row += rows_per_batch) {
    const auto deltas = batch_of(row, rows_per_batch);
    const auto spent =
        cost_of([&] { store.record_outcome(store.record_intent(deltas), delivered); });
    recording += spent;
    commits.push_back(spent.wall);
    if (row % 100'000 == 0) peak.sample();
  }
  report("first load, durable intents and outcomes, batches of 1,000", rows, recording);
  std::sort(commits.begin(), commits.end());
  fmt::print("  per batch: median {:.2f} ms, slowest (with a spill) {:.0f} ms\n",
             commits[commits.size() / 2] * 1e3, commits.back() * 1e3);
}

cost many_writers(ledger::ledger& store, std::uint64_t first, std::uint64_t rows_each,
                  std::uint64_t writers) {
  std::vector<std::vector<batch>> work(writers);
  for (std::uint64_t w = 0; w < writers; ++w)
    for (std::uint64_t row = 0; row < rows_each; row += rows_per_batch)
      work[w].push_back(batch_of(first + w * rows_each + row, rows_per_batch));
  const std::vector<fate> delivered(rows_per_batch, fate::delivered);
  const auto spent = cost_of([&] {
    std::vector<std::jthread> threads;
    for (const auto& batches : work)
      threads.emplace_back([&] {
        for (const auto& each : batches) store.record_outcome(store.record_intent(each), delivered);
      });
  });
  report(fmt::format("durable intents and outcomes, {} writers", writers), rows_each * writers,
         spent);
  return spent;
}

/// What a bare write and fdatasync of as many bytes as an intent has costs on this disk: no ledger
/// can record faster than two of them per batch and writer. Returns milliseconds.
double bare_disk(const std::filesystem::path& directory) {
  auto out = ledger::file::create(ledger::system_calls::real(), directory / "probe");
  const std::string bytes(rows_per_batch * 90, 'x');
  std::vector<double> syncs;
  for (std::uint64_t i = 0; i < 200; ++i)
    syncs.push_back(cost_of([&] {
                      out.write(i * bytes.size(), bytes);
                      out.sync();
                    }).wall);
  std::filesystem::remove(directory / "probe");
  std::sort(syncs.begin(), syncs.end());
  fmt::print("  the disk alone: median {:.2f} ms for a write of {} bytes and its fdatasync\n",
             syncs[syncs.size() / 2] * 1e3, bytes.size());
  return syncs[syncs.size() / 2] * 1e3;
}

/// Looks up every key once. `wrong` counts keys that are unknown or have another fingerprint.
std::uint64_t pass(ledger::view& known, const std::vector<hash128>& keys,
                   const std::vector<std::uint32_t>& order, bool mark) {
  std::uint64_t wrong = 0;
  std::vector<hash128> block(lookup_block);
  std::vector<std::optional<ledger::known_row>> found(lookup_block);
  for (std::size_t begin = 0; begin < order.size(); begin += lookup_block) {
    const auto count = std::min(lookup_block, order.size() - begin);
    for (std::size_t i = 0; i < count; ++i) block[i] = keys[order[begin + i]];
    known.lookup({block.data(), count}, found);
    for (std::size_t i = 0; i < count; ++i) {
      if (!found[i] || found[i]->fingerprint != fingerprint(order[begin + i]))
        ++wrong;
      else if (mark && !known.mark_seen(found[i]->ordinal))
        ++wrong;
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("ledger") {
  const auto rows = bench::sample_rows() * 5 / rows_per_batch * rows_per_batch;
  const test::temp_dir scratch;
  const auto directory = scratch.path() / "bench";
  memory_peak peak;
  const auto before = own_memory();
  std::uint64_t wrong = 0;
  auto store = ledger::ledger::open(directory, "bench");
  const auto reopen = [&] {
    store.reset();
    store = ledger::ledger::open(directory, "bench");
  };

  first_load(*store, rows, peak);
  const auto disk = bare_disk(scratch.path());
  report("a view before the first merge", rows, cost_of([&] { store->snapshot(); }));
  report("opening, with the journal of all rows to replay", rows, cost_of(reopen));
  peak.sample();
  report("merge", rows, cost_of([&] { store->merge({}, true); }));
  peak.sample();
  fmt::print("  memory that no file backs: {:.1f} MiB at most, {:.1f} MiB of it the program's\n",
             peak.mib, before);
  report("opening after the merge", rows, cost_of(reopen));

  std::vector<hash128> keys;
  for (std::uint64_t row = 0; row < rows; ++row) keys.push_back(ledger::hash_text(packed_key(row)));
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));

  {
    const auto known = store->snapshot();
    report("lookups in random order, every page touched first", rows,
           cost_of([&] { wrong += pass(*known, keys, order, false); }));
    const auto lookups = cost_of([&] { wrong += pass(*known, keys, order, false); });
    report("no-change pass in random order, mark_seen included", rows,
           cost_of([&] { wrong += pass(*known, keys, order, true); }));
    wrong += known->unseen();
    const auto per_second = static_cast<double>(rows) / lookups.wall;
    bench::add({fmt::format("ledger lookups in random order, {} keys", rows),
                bench::rate(static_cast<double>(rows), lookups.wall), "", "1 M/s",
                per_second >= 1e6});
  }
  const auto each = std::min<std::uint64_t>(rows / 4, 250'000);
  for (const std::uint64_t writers : {1, 2, 4}) {
    const auto spent = many_writers(*store, rows * writers, each, writers);
    const auto recorded = static_cast<double>(each * writers);
    bench::add({fmt::format("ledger, durable intents and outcomes, batches of 1,000, {} writer{}",
                            writers, writers == 1 ? "" : "s"),
                bench::rate(recorded, spent.wall),
                fmt::format("write and fdatasync of one intent alone: {:.2f} ms", disk),
                writers == 4 ? "250 k/s" : "", writers != 4 || recorded / spent.wall >= 250e3});
  }
  CHECK(wrong == 0);
}
