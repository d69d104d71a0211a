// What every kind of destination promises, as claims that run over each of them.
//
// A kind brings a harness and one line, SLUICE_DESTINATION_CONTRACT("kind", its_harness); each
// claim becomes a test case of its own.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/destinations/destination.hpp"

namespace sluice::test {

/// A row of the model that the claims deliver.
struct person {
  int id = 0;
  std::string name = {};
  std::string amount = "0.00";  ///< decimal with two places
  std::optional<std::string> note = {};

  bool operator==(const person&) const = default;
};
std::ostream& operator<<(std::ostream& out, const person& p);

/// A person as a JSON row holds it. Throws nlohmann::json::exception for anything else.
person person_of(const nlohmann::json& row);

/// The shape of `person`: key `id`; fields `id`, `name`, `amount`, `note`.
row_schema person_schema();
destinations::delivery_context person_context();

/// Deltas of persons.
class person_batch {
 public:
  explicit person_batch(std::uint64_t number = 1) : deltas_(number) {}
  person_batch& insert(const person& p) { return add(operation::insert, p); }
  person_batch& update(const person& p) { return add(operation::update, p); }
  person_batch& erase(int id) { return add(operation::erase, {.id = id}); }

  operator const batch&() const { return deltas_; }

 private:
  person_batch& add(operation op, const person& p);
  batch deltas_;
};

/// One target (a file, a table) that is empty at first and goes with its harness.
class destination_harness {
 public:
  virtual ~destination_harness() = default;

  /// A new way into the same target; any number may be in use at once.
  virtual std::unique_ptr<destinations::destination> make() = 0;
  /// What the target holds now, as somebody else sees it.
  virtual std::map<int, person> state() = 0;
  /// Makes this one name unacceptable to the target; false if the kind never refuses a row.
  virtual bool refuse_name(const std::string& name) = 0;
  /// From now on, and for ways in that are open, the target is not there.
  virtual void break_target() = 0;
  /// Undoes `break_target`. What the target held may be lost.
  virtual void mend_target() = 0;
};

namespace contract {

void inserts_arrive(destination_harness& target);
void updates_replace_every_value(destination_harness& target);
void deletes_remove_rows(destination_harness& target);
void inserts_and_updates_are_both_upserts(destination_harness& target);
void redelivery_changes_nothing(destination_harness& target);
void later_batches_win(destination_harness& target);
void a_batch_may_mix_operations(destination_harness& target);
void an_empty_batch_is_fine(destination_harness& target);
void awkward_texts_arrive_unchanged(destination_harness& target);
void large_batches_arrive_whole(destination_harness& target);
void one_bad_row_does_not_hold_back_the_rest(destination_harness& target);
void many_bad_rows_are_told_apart(destination_harness& target);
void writers_share_a_target(destination_harness& target);
void a_stop_before_delivery_delivers_nothing(destination_harness& target);
void a_stop_before_opening_is_cancelled(destination_harness& target);
void a_missing_target_is_a_failure_with_a_hint(destination_harness& target);
void a_target_that_breaks_is_never_delivered_to(destination_harness& target);
void probing_changes_nothing(destination_harness& target);

}  // namespace contract
}  // namespace sluice::test

#define SLUICE_DESTINATION_CLAIM(kind, harness, sentence, claim) \
  TEST_CASE(kind ": " sentence) {                                \
    harness target;                                              \
    sluice::test::contract::claim(target);                       \
  }

#define SLUICE_DESTINATION_CONTRACT(kind, harness)                                             \
  SLUICE_DESTINATION_CLAIM(kind, harness, "inserts arrive", inserts_arrive)                    \
  SLUICE_DESTINATION_CLAIM(kind, harness, "updates replace every value",                       \
                           updates_replace_every_value)                                        \
  SLUICE_DESTINATION_CLAIM(kind, harness, "deletes remove rows and missing rows are no error", \
                           deletes_remove_rows)                                                \
  SLUICE_DESTINATION_CLAIM(kind, harness, "inserts and updates are both upserts",              \
                           inserts_and_updates_are_both_upserts)                               \
  SLUICE_DESTINATION_CLAIM(kind, harness, "delivering a batch again changes nothing",          \
                           redelivery_changes_nothing)                                         \
  SLUICE_DESTINATION_CLAIM(kind, harness, "later batches win", later_batches_win)              \
  SLUICE_DESTINATION_CLAIM(kind, harness, "a batch may mix operations",                        \
                           a_batch_may_mix_operations)                                         \
  SLUICE_DESTINATION_CLAIM(kind, harness, "an empty batch is fine", an_empty_batch_is_fine)    \
  SLUICE_DESTINATION_CLAIM(kind, harness, "awkward texts arrive unchanged",                    \
                           awkward_texts_arrive_unchanged)                                     \
  SLUICE_DESTINATION_CLAIM(kind, harness, "large batches arrive whole",                        \
                           large_batches_arrive_whole)                                         \
  SLUICE_DESTINATION_CLAIM(kind, harness, "one bad row does not hold back the rest",           \
                           one_bad_row_does_not_hold_back_the_rest)                            \
  SLUICE_DESTINATION_CLAIM(kind, harness, "many bad rows are told apart",                      \
                           many_bad_rows_are_told_apart)                                       \
  SLUICE_DESTINATION_CLAIM(kind, harness, "writers share a target", writers_share_a_target)    \
  SLUICE_DESTINATION_CLAIM(kind, harness, "a stop before a delivery delivers nothing",         \
                           a_stop_before_delivery_delivers_nothing)                            \
  SLUICE_DESTINATION_CLAIM(kind, harness, "a stop before opening ends it as cancelled",        \
                           a_stop_before_opening_is_cancelled)                                 \
  SLUICE_DESTINATION_CLAIM(kind, harness, "a missing target is a failure with a hint",         \
                           a_missing_target_is_a_failure_with_a_hint)                          \
  SLUICE_DESTINATION_CLAIM(kind, harness, "a target that breaks is never delivered to",        \
                           a_target_that_breaks_is_never_delivered_to)                         \
  SLUICE_DESTINATION_CLAIM(kind, harness, "probing changes nothing", probing_changes_nothing)
