// Asks the API for what rows need before they are written.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/destinations/http/delivery_setup.hpp"
#include "runtime/destinations/http/lookup_cache.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/row_fates.hpp"
#include "runtime/destinations/http/values_beside.hpp"

namespace sluice::destinations {

/// The look-ups of one writer, and the source of what they found. A look-up is sent as a write is:
/// by an http_delivery of its own, under the same limits, retries and stops. It leaves no row in
/// doubt, since it writes nothing. One thread.
///
///   rows ──rendered──► questions ──not in the cache──► http_delivery ──► answers
///                      (equal rows ask one; what another writer asks is waited for)
class lookups final : public value_source {
 public:
  using row_list = row_fates::row_list;  ///< positions in a batch

  /// Throws `failure` (invalid_config) as request_plan does. `cache` is that of all writers.
  /// REQUIRES: `destination` has a look-up.
  lookups(const config::http_config& destination, const delivery_context& run,
          std::shared_ptr<lookup_cache> cache);

  /// The rows of a batch that cannot be written yet.
  struct result {
    std::vector<rejection> refused;  ///< by the API, or since nothing was found
    row_list unanswered;             ///< after a stop or a failure
    error failed = {};               ///< of the destination as a whole
    std::optional<timestamp> ask_again_at = {};
    std::chrono::steady_clock::duration lacked_rows{0};  ///< see http_delivery

    /// All of them.
    [[nodiscard]] row_list held_back() const;
    /// Adds their fates to the outcome of the whole batch.
    void tell(batch_outcome& whole);
  };
  /// Looks up what the given rows need. It is forgotten with the next call.
  result look_up(const batch& deltas, std::span<const std::uint32_t> rows,
                 const delivery_setup& setup);

  [[nodiscard]] word called() const override { return word::lookup; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  found_value find(const delta_view& delta, std::size_t name) override;

  [[nodiscard]] const request_plan& plan() const { return plan_; }

 private:
  /// A request about some rows that are equal to it.
  struct question {
    hash128 hash;
    row_list rows;
    bool settled = false;
  };
  using question_list = std::vector<question>;

  /// The questions that rows ask; those that cannot ask any are refused.
  question_list questions_of(const batch& deltas, std::span<const std::uint32_t> rows, result& out);
  /// The request about this row alone, as text: equal ones get the same answer.
  hash128 hash_of(const http::http_request& alone, const delta_view& delta);
  /// Settles what the cache knows. Returns what this writer has to ask.
  std::vector<question*> take(question_list& all, const batch& deltas, lookup_cache::claims* claims,
                              result& out);
  void ask(const std::vector<question*>& what, const batch& deltas, const delivery_setup& setup,
           lookup_cache::claims* claims, result& out);
  /// Gives the answer to the rows of the question.
  void settle(question& of, const batch& deltas, const lookup_cache::answer& found, result& out);

  config::http_lookup config_;
  std::vector<std::string> names_;
  request_plan plan_;
  std::shared_ptr<lookup_cache> cache_;
  /// By the hashes of keys.
  std::unordered_map<hash128, lookup_cache::answer, lookup_cache::hasher> found_;
};

}  // namespace sluice::destinations
