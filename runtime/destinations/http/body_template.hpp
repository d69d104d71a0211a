// Bodies of requests, and items of {{rows}}, compiled for their format.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/destinations/http/text_template.hpp"

namespace sluice::destinations {

/// What stands around the items of {{rows}}.
struct rows_frame {
  std::string before = {};
  std::string between = {};
  std::string behind = {};
};

/// A body or an item. One thread.
class body_template {
 public:
  body_template() = default;
  /// Compiles the body of a request. Throws `failure` (invalid_config) as text_template does.
  /// REQUIRES: the request has a body.
  static body_template of_body(const config::http_request_config& request,
                               const text_template::context& c);
  /// Compiles its item: what is written, or the whole row, of a delete the whole key.
  static body_template of_item(const config::http_request_config& request,
                               const text_template::context& c);

  /// `text_template::append_within`. `boundary`: stands between the parts of a multipart body.
  [[nodiscard]] text_template::fit append_within(std::string& out, const template_row& row,
                                                 std::string_view rows, object_renderers& render,
                                                 std::size_t most, std::string_view boundary,
                                                 std::string& problem) const;

  /// How many boundaries a multipart body has for this row.
  [[nodiscard]] std::size_t boundaries(const template_row& row) const;
  /// Of an item's: what stands around the items.
  [[nodiscard]] const rows_frame& frame() const { return frame_; }
  [[nodiscard]] bool is_multipart() const { return multipart_; }
  [[nodiscard]] bool names(config::template_variable::name what) const;
  [[nodiscard]] bool names_values() const;

 private:
  class compiler;
  /// A pair, a cell, a line or a part; of JSON and XML there is one.
  struct entry {
    text_template text;
    /// Left out where this field is null: a field that omits null, where the format has no null.
    std::optional<std::size_t> field;
  };

  static bool is_left_out(const entry& each, const template_row& row);

  std::vector<entry> entries_;
  std::string separator_;
  std::string begin_;  ///< the header of CSV
  std::string end_;
  bool multipart_ = false;
  bool lone_cell_ = false;  ///< a line of one empty cell would be none
  rows_frame frame_;
};

}  // namespace sluice::destinations
