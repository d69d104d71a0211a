// Templates of requests, compiled against the shape of a run's rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "messages/row.hpp"
#include "runtime/config/http_template.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/json/json_row.hpp"
#include "runtime/values/chain.hpp"

namespace sluice::destinations {

/// The values of one row that templates can name. Views into the batch.
struct template_row {
  std::string_view op = {};
  std::string_view row = {};                    ///< packed; empty for a delete
  std::string_view key = {};                    ///< packed
  std::span<const value_view> row_values = {};  ///< of `row`
  std::span<const value_view> key_values = {};  ///< of `key`
  std::size_t index = 0;                        ///< in the request
  std::string_view id = {};
};

/// Renders whole rows and keys as JSON objects. One thread.
struct object_renderers {
  json_row row;
  json_row key;
};

/// The position of the field or key column that `variable` names. Throws `failure` (invalid_config)
/// if `schema` has none of that name.
std::size_t position_of(const config::template_variable& variable, const row_schema& schema);

/// A value as a part of a longer text: NULL is empty, binary is base64.
std::string plain_text(const value_view& value);

/// A text or a JSON document with slots for values. One thread. Literals are final: references are
/// resolved, unless they are shown, and escapes are done.
class text_template {
 public:
  /// Where the text is used, which decides its escaping.
  enum class form : std::uint8_t { url, header, json };

  /// How a value is escaped in its slot.
  enum class escape : std::uint8_t { json_value, json_text, url_path, url_query, header };

  /// Whether references become their values, or stay as written, to be shown.
  enum class references : std::uint8_t { resolved, as_written };

  /// What a template is compiled against. `directory`: base of relative paths in references.
  /// `header`: the name of the header that the text is for. Both decide what is a secret: see
  /// reference_value.hpp.
  struct context {
    const delivery_context& run;
    const std::filesystem::path& directory;
    references refer = references::resolved;
    std::string_view header = {};
  };

  text_template() = default;
  /// Compiles a header value or, in the form `url`, an address. Throws `failure` (invalid_config)
  /// if it names a field or key column that rows do not have, or if a reference has no value, or a
  /// value that is not allowed there.
  text_template(const std::string& written, form where, const context& c);
  /// Compiles a JSON document whose strings may be templates.
  static text_template of_json(const std::string& document, const context& c);

  /// Appends the text for `row`; `rows` stands for {{rows}}. Returns why the row cannot be used: a
  /// function that refuses a value, a line break in a header, an empty step in the path of an
  /// address.
  std::optional<std::string> append(std::string& out, const template_row& row,
                                    std::string_view rows, object_renderers& render) const;

  /// The result of rendering within a limit.
  enum class fit : std::uint8_t {
    yes,
    too_long,  ///< only the beginning was appended
    refused,   ///< the row cannot be used
  };
  /// `append`, while `out` has at most `most` bytes. A value that does not fit is never rendered as
  /// a whole. `problem`: why the row is refused.
  [[nodiscard]] fit append_within(std::string& out, const template_row& row, std::string_view rows,
                                  object_renderers& render, std::size_t most,
                                  std::string& problem) const;

  [[nodiscard]] bool names(config::template_variable::name what) const;
  /// Whether single values of row or key are named, so that these must be unpacked.
  [[nodiscard]] bool names_values() const;
  /// Whether a reference's value has a line break.
  [[nodiscard]] bool literals_have_line_break() const;
  /// The text up to the first variable.
  [[nodiscard]] std::string_view leading_literal() const;

 private:
  struct segment {
    std::string literal;  ///< in front of the value
    std::optional<config::template_variable> variable;
    std::size_t value = 0;  ///< position of the field or column
    escape as = escape::json_value;
    /// Behind a pointer, since rendering changes nothing but its buffers. Copies share it.
    std::shared_ptr<values::chain> apply = {};
  };

  /// The single value of a slot; `number` may hold it.
  static value_view value_of(const segment& s, const template_row& row, std::string& number);
  /// Why the value cannot stand in the slot, behind its name; empty if it can.
  static std::string misfit(const segment& s, const value_view& value);

  void add_literal(std::string_view text);
  void add_variable(const config::template_variable& variable, escape as, const context& c);
  /// `member`: the member of the JSON document that holds the text.
  void add_text(const config::http_template& text, form where, const context& c,
                std::string_view member = {});

  std::vector<segment> segments_;
};

}  // namespace sluice::destinations
