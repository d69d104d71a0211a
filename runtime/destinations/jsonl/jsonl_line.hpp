// One delta as a line of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/destinations/destination.hpp"
#include "runtime/json/json_row.hpp"

namespace sluice::destinations {

/// Renders `{"op":"insert","key":{"id":7},"row":{"id":7}}`. The row of a delete is null; with
/// `on_delete`, a delete is an update with these fields. Used by one thread.
class jsonl_line {
 public:
  /// How every line begins.
  static constexpr std::string_view begin = R"({"op":")";

  explicit jsonl_line(const delivery_context& run);

  /// Appends the line without its break.
  void append(std::string& out, const delta_view& delta);
  /// The same, while `out` has at most `most` bytes. Returns false, and leaves a beginning of the
  /// line in `out`, if it would have more.
  [[nodiscard]] bool append_within(std::string& out, const delta_view& delta, std::size_t most);

  /// Number of values so far that JSON cannot hold and that were written as null.
  [[nodiscard]] std::uint64_t nonfinite() const { return rows_.nonfinite() + keys_.nonfinite(); }

 private:
  json_row keys_;
  json_row rows_;
  std::string_view word_of_erase_ = to_string(operation::erase);
  std::string row_of_erase_ = "null";
};

}  // namespace sluice::destinations
