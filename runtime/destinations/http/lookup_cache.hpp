// What the look-ups of a run have found.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "messages/hash128.hpp"
#include "messages/names.hpp"
#include "messages/row.hpp"

namespace sluice::destinations {

/// The answer to a question. Immutable: `values` are views into it.
class looked_up {
 public:
  /// `packed`: the values, as many as are taken. `missing`: why one of them was not found; empty if
  /// all were.
  looked_up(std::string packed, std::string missing)
      : packed_(std::move(packed)), missing_(std::move(missing)), values_(unpack(packed_)) {}
  looked_up(const looked_up&) = delete;
  looked_up& operator=(const looked_up&) = delete;

  [[nodiscard]] const std::vector<value_view>& values() const { return values_; }
  [[nodiscard]] const std::string& missing() const { return missing_; }
  [[nodiscard]] std::size_t bytes() const { return packed_.size() + missing_.size(); }

 private:
  std::string packed_;
  std::string missing_;
  std::vector<value_view> values_;
};

/// Answers by the hash of their question, of one run and for all writers of its connection: a
/// question that one of them asks is not asked by another one meanwhile. Bounded: answers that
/// nobody wanted for the longest time are forgotten. Thread safe.
class lookup_cache {
 public:
  using answer = std::shared_ptr<const looked_up>;

  /// What is kept, at most twice as much.
  static constexpr std::size_t usual_bytes = 8u << 20;
  /// What an answer takes beside its values, about.
  static constexpr std::size_t bytes_of_answer = 256;

  explicit lookup_cache(std::size_t bytes = usual_bytes) : most_bytes_(bytes) {}

  /// Forgets the answers of every other run.
  void begin(const run_id& run);

  struct hasher {
    std::size_t operator()(const hash128& x) const { return x.low; }
  };
  using questions = std::unordered_set<hash128, hasher>;

  /// The questions that a writer has taken upon itself. One thread.
  class claims {
   public:
    explicit claims(lookup_cache& cache) : cache_(cache) {}
    /// Gives those up that have no answer: other writers may ask them.
    ~claims();
    claims(const claims&) = delete;
    claims& operator=(const claims&) = delete;

    struct finding {
      lookup_cache::answer known;  ///< null if there is none yet
      bool mine = false;           ///< this writer is to ask; otherwise another one does
    };
    finding take(const hash128& question);
    void settle(const hash128& question, lookup_cache::answer found);

   private:
    lookup_cache& cache_;
    questions open_;
  };

  /// Waits until no writer asks this question. False if the wait was stopped. REQUIRES: the caller
  /// holds no claims, which another writer could be waiting for.
  bool wait(const hash128& question, const std::stop_token& stop);

 private:
  using answers = std::unordered_map<hash128, answer, hasher>;

  answer find(const hash128& question);
  void keep(const hash128& question, answer found);

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable_any settled_;
  run_id run_;
  /// Wanted lately; when they are too many they become the old ones, which are forgotten then.
  answers recent_;
  answers old_;
  std::size_t recent_bytes_ = 0;
  questions asked_;
};

}  // namespace sluice::destinations
