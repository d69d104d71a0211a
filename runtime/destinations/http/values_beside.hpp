// Values that stand beside a row, and that templates name: `{{lookup.account_id}}`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "messages/delta.hpp"
#include "messages/row.hpp"
#include "runtime/config/http_template.hpp"

namespace sluice::destinations {

/// A source of such values, for one writer and one run. One thread.
class value_source {
 public:
  using word = config::template_variable::name;

  value_source() = default;
  virtual ~value_source() = default;
  value_source(const value_source&) = delete;
  value_source& operator=(const value_source&) = delete;

  /// The word by which templates name it.
  [[nodiscard]] virtual word called() const = 0;
  /// The names of its values, behind that word. They never change.
  [[nodiscard]] virtual const std::vector<std::string>& names() const = 0;

  struct found_value {
    value_view value = {};     ///< NULL where there is none
    std::string refusal = {};  ///< why the row cannot be sent without it; empty: it can
  };
  /// The value of the name at this position for a row. It stays valid as long as the batch of the
  /// row is being delivered.
  virtual found_value find(const delta_view& delta, std::size_t name) = 0;
};

/// The values that the templates of one request name. One thread.
class values_beside {
 public:
  values_beside() = default;
  /// `sources` outlive it.
  explicit values_beside(std::span<value_source* const> sources)
      : sources_(sources.begin(), sources.end()) {}

  [[nodiscard]] bool has(value_source::word called) const { return source(called) != nullptr; }

  /// The position that the value has in `values` from now on. Throws `failure` (invalid_config) if
  /// no source has it. REQUIRES: a variable of a value beside the row.
  std::size_t position_of(const config::template_variable& variable);
  /// Whether a template names a value of this source.
  [[nodiscard]] bool names(value_source::word called) const;

  /// Finds the values for a row. Returns why the row cannot be sent.
  std::optional<std::string> read(const delta_view& delta);
  /// Those that were found last.
  [[nodiscard]] std::span<const value_view> values() const { return values_; }

 private:
  struct named_value {
    value_source* from;
    std::size_t name;
    bool operator==(const named_value&) const = default;
  };
  [[nodiscard]] value_source* source(value_source::word called) const;

  std::vector<value_source*> sources_;
  std::vector<named_value> named_;
  std::vector<value_view> values_;  ///< of `named_`
};

}  // namespace sluice::destinations
