// The ledger on a disk that a test may replace.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>

#include "runtime/ledger/journal.hpp"
#include "runtime/ledger/ledger.hpp"
#include "runtime/ledger/marker.hpp"
#include "runtime/ledger/opening.hpp"
#include "runtime/ledger/state.hpp"

namespace sluice::ledger {

/// Ties the journal to the state that it records: a change is enqueued and applied under one lock,
/// so that replay, which reads the frames in order, comes to the same state.
class durable_ledger final : public ledger {
 public:
  /// As `ledger::open`. `calls` outlives the ledger.
  static std::shared_ptr<ledger> open(system_calls& calls, const std::filesystem::path& directory,
                                      std::string_view identity, const options& limits,
                                      const std::stop_token& stop = {});
  durable_ledger(system_calls& calls, std::filesystem::path directory, const options& limits,
                 opened files);

  [[nodiscard]] bool restarted() const override { return restarted_; }
  [[nodiscard]] std::uint32_t epoch() const override { return epoch_; }
  void begin_epoch(std::uint32_t epoch) override;
  [[nodiscard]] std::uint64_t rows() const override { return rows_; }
  [[nodiscard]] ledger_position position() const override { return {history_, sequence_}; }
  [[nodiscard]] bool settled() const override;
  void mark() override;
  [[nodiscard]] std::string rule() const override;
  void identify_by(const std::string& rule, const key_hasher& hash_of,
                   const std::stop_token& stop) override;
  [[nodiscard]] std::unique_ptr<view> snapshot() override;
  std::uint64_t record_intent(const batch& deltas) override;
  void record_outcome(std::uint64_t intent, std::span<const fate> fates,
                      std::span<const row_answer> remembered) override;
  void recall(batch& deltas) override;
  void merge(const std::stop_token& stop, bool force = false) override;

 private:
  void abandon_if_due();
  void publish();
  [[nodiscard]] bool worth_merging() const;
  [[nodiscard]] std::shared_ptr<const generation> write_base(const std::stop_token& stop,
                                                             std::uint64_t number);
  [[nodiscard]] std::unique_ptr<journal> begin_journal(const generation& base);
  [[nodiscard]] std::shared_ptr<const generation> write_reidentified_base(
      const key_hasher& hash_of, const std::stop_token& stop, std::uint64_t number);
  /// Makes what `write` returns the next generation, under `rule`. False, with nothing changed, if
  /// it returns null. REQUIRES: nothing in the overlay.
  template <class Write>
  bool replace_base(const std::string& rule, Write&& write);
  void switch_to(std::shared_ptr<const generation> base, std::unique_ptr<journal> next,
                 const std::string& rule);
  void count_from_now(const marker& wanted);

  system_calls& calls_;
  const std::filesystem::path directory_;
  const options limits_;
  const bool restarted_;
  const std::uint64_t history_;
  const std::uint64_t opened_at_;  ///< sequence of the last record then

  mutable std::mutex mutex_;  ///< of all below
  marker current_;
  std::unique_ptr<journal> journal_;
  state state_;
  bool must_abandon_;
  std::atomic<std::uint32_t> epoch_;  ///< copies of what the state says, to be read without waiting
  std::atomic<std::uint64_t> rows_;
  std::atomic<std::uint64_t> sequence_;
};

}  // namespace sluice::ledger
