// Sources and destinations with faults on demand, which real ones do not offer. Thread safe, so
// that tests with real threads can use them, too.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "messages/batch.hpp"
#include "messages/error.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/source/model_reader.hpp"

namespace sluice::test {

/// A table of two columns, `id` (the key, an integer) and `value` (text).
class source_double {
 public:
  std::map<long, std::string> rows;
  /// If set, makes the ids from their numbers, as values of the kind `named_kind`.
  std::function<std::string(long id)> named;
  value_kind named_kind = value_kind::text;
  /// Called when a pass begins, once its rows are settled.
  std::function<void()> on_pass;
  /// Called before row number n (from 0) is returned; may throw, or change anything.
  std::function<void(std::size_t n)> before_row;
  /// Thrown by open_model, if set.
  error refuses;
  /// Rows whose `value` cannot be represented: the reason by id.
  std::map<long, std::string> invalid;
  std::size_t passes = 0;  ///< how many passes were begun
  std::size_t fetched = 0;
  /// Called before each question for digests; may throw.
  std::function<void()> before_digests;
  std::size_t digests = 0;  ///< questions for them
  /// What its own hash of a row is: the one of the row's values, or a weaker one.
  std::function<hash128(const std::string& row)> hash;

  std::unique_ptr<source::model_reader> open(std::stop_token stop);
};

/// A destination that keeps rows by key, as packed bytes, and treats them by the mode of its run.
class destination_double {
 public:
  /// How to treat a batch.
  struct verdict {
    enum class kind : std::uint8_t {
      apply,               ///< everything is delivered
      refuse,              ///< throws; nothing was applied
      apply_then_unknown,  ///< applied, but the answer got lost
      lose_then_unknown,   ///< not applied, and the answer got lost
      apply_half,          ///< the first half is delivered, the rest certainly not
    } what = kind::apply;
  };
  std::function<verdict(std::uint32_t batch_number)> decide;
  /// Rows whose packed key is here are rejected with this reason.
  std::map<std::string, std::string> rejects;
  /// The status of those rejections.
  int reject_status = 0;
  /// Whether an earlier attempt at the rejected rows may have been applied.
  bool rejects_in_doubt = false;
  /// Why a delta does not fit the present rows (by packed key); nothing if it does. A delta that
  /// does not fit is rejected for the sake of other rows.
  std::function<std::optional<std::string>(const delta_view&,
                                           const std::map<std::string, std::string>&)>
      misfit;
  /// Thrown by `open`, if set.
  error refuses;
  /// The rule by which it tells rows apart; the canonical one if not set.
  std::optional<identity_rule> identity;
  /// Called inside `deliver` before anything is applied.
  std::function<void(std::stop_token)> while_delivering;

  std::unique_ptr<destinations::destination> make();
  /// Adds a row that was not delivered.
  void put(const std::string& key, const std::string& row);

  /// The rows, without those that a delete has only marked. In mode append: the last event of each
  /// key.
  [[nodiscard]] std::map<std::string, std::string> rows() const;
  [[nodiscard]] std::size_t deliveries() const;

 private:
  friend class destination_session;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> rows_;
  std::map<std::string, std::string> marked_;  ///< deleted by setting a field
  std::uint32_t batches_ = 0;
  std::size_t deliveries_ = 0;
};

}  // namespace sluice::test
