// Questions about a connection's past, and the lists that answer them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "messages/names.hpp"
#include "messages/run.hpp"
#include "messages/timestamp.hpp"

namespace sluice {

/// Some of the values of an enumeration with at most 32; none stands for any.
template <class Enum>
struct choice {
  std::uint32_t bits = 0;

  constexpr choice() = default;
  constexpr choice(std::initializer_list<Enum> some) {
    for (const auto x : some) bits |= bit(x);
  }
  /// Every value but this one.
  static constexpr choice without(Enum x) {
    choice out;
    out.bits = ~bit(x);
    return out;
  }
  [[nodiscard]] constexpr bool takes(Enum x) const { return bits == 0 || (bits & bit(x)) != 0; }
  bool operator==(const choice&) const = default;

 private:
  static constexpr std::uint32_t bit(Enum x) { return 1U << static_cast<unsigned>(x); }
};

/// Which runs of a connection. All conditions hold together.
struct run_query {
  std::uint32_t limit = 0;        ///< `most_runs_listed` at the most
  run_id before = {};             ///< runs before this one only; empty: from the newest on
  std::uint64_t offset = 0;       ///< so many of the runs that match are passed over
  choice<run_state> states = {};  ///< as they are now
  choice<run_type> types = {};
  choice<run_trigger> triggers = {};
  timestamp started_after = timestamp::min();   ///< exclusive
  timestamp started_before = timestamp::max();  ///< exclusive
  bool count = false;                           ///< also answer how many match

  bool operator==(const run_query&) const = default;
  /// `limit` and `offset` aside, which are not about one run.
  [[nodiscard]] bool takes(const run_record& run) const {
    return (before.empty() || run.run < before) && states.takes(run.state) &&
           types.takes(run.type) && triggers.takes(run.trigger) && started_after < run.started_at &&
           run.started_at < started_before;
  }
};

/// Runs, newest first by their ids.
struct run_list {
  std::vector<run_record> runs;
  /// How many match, `limit`, `offset` and `before` aside; nothing unless asked for.
  std::optional<std::uint64_t> total = std::nullopt;

  bool operator==(const run_list&) const = default;
};

/// Which rejected rows of a connection. All conditions hold together.
struct rejected_query {
  std::uint32_t limit = 0;
  /// `rejected_list::next` of the page before: rows behind that page, whatever was rejected
  /// meanwhile; empty: from the latest on.
  std::string cursor = {};
  std::string operation = {};                ///< `insert`, `update`, `delete`, `read`; empty: any
  std::optional<int> status = std::nullopt;  ///< the destination's own code
  std::string text = {};                     ///< part of the key or of the reason, in any case
  bool by_reason = false;                    ///< counts by reason instead of rows

  bool operator==(const rejected_query&) const = default;
};

/// The rows that are rejected for one reason.
struct rejected_reason {
  std::string reason;
  std::uint64_t rows = 0;
  std::string key;    ///< of the latest of these rows, as JSON text
  timestamp last_at;  ///< when that row was rejected

  bool operator==(const rejected_reason&) const = default;
};

/// Rejected rows, or their reasons.
struct rejected_list {
  std::vector<rejected_row> rows = {};        ///< the latest first
  std::vector<rejected_reason> reasons = {};  ///< the most frequent first
  std::string next = {};                      ///< cursor of the next page; empty on the last one

  bool operator==(const rejected_list&) const = default;
};

}  // namespace sluice
