// Functions one after the other.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "messages/row.hpp"
#include "runtime/values/function.hpp"

namespace sluice::values {

/// What a function may make of a value at most: as much as a cell of a source may have.
inline constexpr std::size_t most_bytes = 64u << 20;

/// Bound calls. One thread: their results lie in its buffers.
class chain {
 public:
  chain() = default;
  /// Throws `failure` (invalid_config) for calls of which `problem_of` knows a problem.
  explicit chain(std::span<const call> calls);

  [[nodiscard]] bool empty() const { return links_.empty(); }
  /// The value after all functions, valid until the next call and as long as `value`; or nothing,
  /// since a function refused it and no `default` follows. NULL stays NULL but for functions that
  /// take it.
  std::optional<value_view> apply(value_view value);
  /// Why the last `apply` gave nothing: `e164: is no telephone number`. Never quotes the value.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// The kind of the results for values of a kind, as far as it is known beforehand.
  [[nodiscard]] value_kind kind_after(value_kind kind) const;

 private:
  struct link {
    const function* what;
    step run;
    workplace place;
  };
  std::vector<link> links_;
  std::string problem_;
};

}  // namespace sluice::values
