// Packed rows and keys as JSON objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "messages/row.hpp"

namespace sluice {

/// Renders packed rows of one shape, such as {"id":7,"name":{"first":"Ada"}}. The nesting is worked
/// out once, so that a row costs no more than copying its bytes. Fields that omit null are left out
/// where their value is null; an object without a field is {}. Used by one thread.
class json_row {
 public:
  /// `fields` are `row_schema::fields` or `row_schema::keys`. Fields of one object stand together,
  /// at the place of the first, even if the mapping scatters them. Throws `failure`
  /// (invalid_config) if two fields share a path or one lies inside another.
  explicit json_row(const std::vector<field>& fields);

  /// Appends the object to `out`, on one line. Throws `failure` (internal) if the number of values
  /// is not that of the fields.
  void append(std::string& out, std::string_view packed);
  /// The same for an `out` of at most `most` bytes. If the object does not fit, returns false and
  /// leaves its beginning in `out`: a value that does not fit is never rendered as a whole.
  [[nodiscard]] bool append_within(std::string& out, std::string_view packed, std::size_t most);

  /// How many values that JSON cannot hold (NaN, infinity) were written as null so far.
  [[nodiscard]] std::uint64_t nonfinite() const { return nonfinite_; }

 private:
  struct step {
    std::string before;  ///< punctuation and names between the previous value and this one
    std::size_t value;   ///< position in the packed row
  };
  /// A part of a row whose fields may be missing: its punctuation depends on which are.
  struct piece {
    enum class what : std::uint8_t { open, value, close } is;
    std::string name;       ///< quoted, with the colon; empty for `close` and the outermost `open`
    std::size_t value = 0;  ///< position in the packed row
    bool omit_null = false;
  };
  struct object;

  void plan(const object& node, std::string name, const std::vector<field>& fields);
  /// Joins the pieces between two values, for rows that always have every field.
  void fuse();
  bool append_in_order(std::string& out, row_reader& reader, std::size_t most);
  bool append_all(std::string& out, std::size_t most);
  bool append_some(std::string& out, std::size_t most);
  bool append_value(std::string& out, const value_view& value, std::size_t most);

  std::size_t fields_ = 0;
  std::vector<piece> pieces_;  ///< if any field omits null
  std::vector<step> steps_;    ///< if none does
  bool in_order_ = false;      ///< the steps follow the packed row: no value has to be kept
  std::string after_;          ///< closes the objects behind the last step
  std::vector<value_view> values_;
  std::uint64_t nonfinite_ = 0;
};

}  // namespace sluice
