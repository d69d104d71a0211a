// Measures the ledger alone: a first load, lookups in random order, a pass in which nothing
// changed, durable outcomes of several writers, memory.
//
//   ledger_bench [ROWS [DIRECTORY]]     5,000,000 rows in a fresh folder under the temporary one
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "messages/error.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/ledger.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;

namespace {

constexpr std::uint64_t rows_per_batch = 1000;
constexpr std::size_t lookup_block = 1000;

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Memory of the process that no file backs, in MiB; `what` is a line of /proc/self/status.
double status_mib(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == what + ":") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

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
  void sample() { mib = std::max(mib, status_mib("RssAnon")); }
};

void first_load(ledger::ledger& store, std::uint64_t rows, memory_peak& peak) {
  const std::vector<fate> delivered(rows_per_batch, fate::delivered);
  double recording = 0;
  double slowest = 0;
  std::vector<double> commits;
  for (std::uint64_t row = 0; row < rows; row += rows_per_batch) {
    const auto deltas = batch_of(row, rows_per_batch);
    const auto spent = seconds([&] {
      const auto intent = store.record_intent(deltas);
      store.record_outcome(intent, delivered);
    });
    recording += spent;
    slowest = std::max(slowest, spent);
    commits.push_back(spent);
    if (row % 100'000 == 0) peak.sample();
  }
  std::nth_element(commits.begin(), commits.begin() + commits.size() / 2, commits.end());
  fmt::print(
      "first load, random keys, one writer, batches of {}: {:.0f} rows/s durable "
      "(median {:.2f} ms per batch, slowest {:.0f} ms)\n",
      rows_per_batch, static_cast<double>(rows) / recording, commits[commits.size() / 2] * 1e3,
      slowest * 1e3);
}

void many_writers(ledger::ledger& store, std::uint64_t first, std::uint64_t rows_each,
                  std::uint64_t writers) {
  std::vector<std::vector<batch>> work(writers);
  for (std::uint64_t w = 0; w < writers; ++w)
    for (std::uint64_t row = 0; row < rows_each; row += rows_per_batch)
      work[w].push_back(batch_of(first + w * rows_each + row, rows_per_batch));
  const std::vector<fate> delivered(rows_per_batch, fate::delivered);
  const auto spent = seconds([&] {
    std::vector<std::jthread> threads;
    for (const auto& batches : work)
      threads.emplace_back([&] {
        for (const auto& each : batches) store.record_outcome(store.record_intent(each), delivered);
      });
  });
  fmt::print("durable intents and outcomes, {} writers, batches of {}: {:.0f} rows/s\n", writers,
             rows_per_batch, static_cast<double>(rows_each * writers) / spent);
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

int run(std::uint64_t rows, const std::filesystem::path& directory) {
  memory_peak peak;
  const auto before = status_mib("RssAnon");
  std::uint64_t wrong = 0;
  auto store = ledger::ledger::open(directory, "bench");
  first_load(*store, rows, peak);

  const auto view_of_runs = seconds([&] { store->snapshot(); });
  fmt::print("a view before the first merge: {:.2f} s\n", view_of_runs);
  const auto replayed = seconds([&] {
    store.reset();
    store = ledger::ledger::open(directory, "bench");
  });
  peak.sample();
  fmt::print("replay of the whole journal: {:.2f} s\n", replayed);
  const auto merged = seconds([&] { store->merge({}, true); });
  peak.sample();
  fmt::print("merge of {} rows: {:.2f} s\n", rows, merged);
  fmt::print("memory not backed by files: {:.1f} MiB before, {:.1f} MiB at most\n", before,
             peak.mib);
  const auto reopened = seconds([&] {
    store.reset();
    store = ledger::ledger::open(directory, "bench");
  });
  fmt::print("open after the merge: {:.4f} s\n", reopened);

  std::vector<hash128> keys;
  for (std::uint64_t row = 0; row < rows; ++row) keys.push_back(ledger::hash_text(packed_key(row)));
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));

  for (const auto* heat : {"first touch of every page", "pages touched before"}) {
    const auto known = store->snapshot();
    const auto spent = seconds([&] { wrong += pass(*known, keys, order, false); });
    fmt::print("lookups in random order, {} keys, {}: {:.2f} M/s\n", rows, heat,
               static_cast<double>(rows) / spent / 1e6);
  }
  {
    const auto known = store->snapshot();
    const auto spent = seconds([&] { wrong += pass(*known, keys, order, true); });
    fmt::print(
        "pass without a change, random order, mark_seen included: {:.3f} us per row, "
        "{} unseen\n",
        spent / static_cast<double>(rows) * 1e6, known->unseen());
    wrong += known->unseen();
  }
  many_writers(*store, rows, std::min<std::uint64_t>(rows / 4, 250'000), 4);
  if (wrong != 0) fmt::print("WRONG: {} answers\n", wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto rows = argc > 1 ? std::stoull(argv[1]) / rows_per_batch * rows_per_batch : 5'000'000;
    if (argc > 2) return run(rows, argv[2]);
    const test::temp_dir scratch;
    return run(rows, scratch.path() / "bench");
  } catch (const std::exception& failed) {
    fmt::print(stderr, "ledger_bench: {}\n", failed.what());
    return 1;
  }
}
