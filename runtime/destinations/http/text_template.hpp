// Templates of requests, compiled against the shape of a run's rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "messages/row.hpp"
#include "runtime/config/http_template.hpp"
#include "runtime/config/xml_template.hpp"
#include "runtime/destinations/destination.hpp"
#include "runtime/destinations/http/carried_text.hpp"
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
  std::span<const value_view> beside = {};  ///< see values_beside
};

class values_beside;

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

/// A text or a document with slots for values. One thread. Literals are final: references are
/// resolved, unless they are shown, and escapes are done.
class text_template {
 public:
  /// The line of a request that a text is for.
  enum class line : std::uint8_t { url, header };

  /// What a value becomes in its slot, before `carrier` escapes it.
  enum class content : std::uint8_t {
    json_value,  ///< JSON of its own type
    json_text,   ///< a part of a string of JSON
    text,
  };

  /// Whether references become their values, or stay as written, to be shown.
  enum class references : std::uint8_t { resolved, as_written };

  /// What a template is compiled against. `directory`: base of relative paths in references.
  /// `name`: that of the header, or of the part of a body, that the text is for; decides what is a
  /// secret: see reference_value.hpp. `beside`: learns which values beside the row are named; null:
  /// there are none. Where references are shown, a value without a source is, too.
  struct context {
    const delivery_context& run;
    const std::filesystem::path& directory;
    references refer = references::resolved;
    std::string_view name = {};
    values_beside* beside = nullptr;
  };

  text_template() = default;
  /// Compiles a header value or an address. Throws `failure` (invalid_config)
  /// if it names a field or key column that rows do not have, or if a reference has no value, or a
  /// value that is not allowed there.
  text_template(const std::string& written, line where, const context& c);
  /// Compiles a JSON document whose strings may be templates.
  static text_template of_json(const nlohmann::ordered_json& document, const context& c,
                               carrier in = carrier::plain);
  /// Compiles a text for a pair of a form, a part of a multipart body or a cell of CSV.
  static text_template of_text(const std::string& written, carrier in, const context& c);
  /// Compiles a text of XML. REQUIRES: it is well-formed.
  static text_template of_xml(const std::string& written, config::xml_extent extent,
                              const context& c);
  /// One value, by its position among the fields or the key columns.
  static text_template of_value(const config::template_variable& variable, carrier in,
                                const context& c);

  /// Appends the text for `row`; `rows` stands for {{rows}}. Returns why the row cannot be used: a
  /// function that refuses a value, or a value that cannot stand in its place (a line break in a
  /// header, a control character in XML).
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

  /// Text as it is, in front of everything and behind it.
  void prepend(std::string_view text);
  void append_literal(std::string_view text) { add_literal(text); }

  [[nodiscard]] bool names(config::template_variable::name what) const;
  /// Whether single values of row or key, or beside them, are named: rows must be unpacked.
  [[nodiscard]] bool names_values() const;
  /// Whether a reference's value has a line break.
  [[nodiscard]] bool literals_have_line_break() const;
  /// The text up to the first variable.
  [[nodiscard]] std::string_view leading_literal() const;

 private:
  /// Whether a row's object stands for its members, which follow those that are written.
  enum class spreads : std::uint8_t { no, first, behind_others };
  struct segment {
    std::string literal;  ///< in front of the value
    std::optional<config::template_variable> variable;
    std::size_t value = 0;  ///< position of the field or column, or among the values beside the row
    content as = content::json_value;
    carrier in = carrier::plain;
    spreads spread = spreads::no;
    /// Behind a pointer, since rendering changes nothing but its buffers. Copies share it.
    std::shared_ptr<values::chain> apply = {};
  };
  /// How values and literals of a text are written.
  struct style {
    content as = content::text;
    carrier in = carrier::plain;
  };

  /// The single value of a slot; `number` may hold it.
  static value_view value_of(const segment& s, const template_row& row, std::string& number);
  /// Appends a value to a slot. The problem, if it is refused, goes behind its name.
  static fit append_value(std::string& out, const segment& s, const value_view& value,
                          std::size_t most, std::string& problem);
  static fit append_object(std::string& out, const segment& s, const template_row& row,
                           object_renderers& render, std::size_t most);

  void add_literal(std::string_view text);
  void add_styled(std::string_view text, style s);
  void add_variable(const config::template_variable& variable, style s, const context& c);
  /// What is known from the start, as functions of the variable have made it.
  void add_known(const config::template_variable& variable, const value_view& value, style s);
  void add_text(const config::http_template& text, style s, const context& c);
  void add_line(const config::http_template& text, line where, const context& c);
  void add_xml(const config::xml_piece& piece, const context& c);
  void add_json(const nlohmann::ordered_json& value, carrier in, const context& c);
  void add_object(const nlohmann::ordered_json& value, carrier in, const context& c);

  std::vector<segment> segments_;
};

}  // namespace sluice::destinations
