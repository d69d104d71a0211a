// A compiled mapping: which columns to read, and how their values become packed rows and keys.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "messages/batch.hpp"
#include "messages/row.hpp"
#include "runtime/mapping/cast.hpp"
#include "runtime/mapping/known_ids.hpp"
#include "runtime/values/chain.hpp"
#include "runtime/values/lua_program.hpp"

namespace sluice::mapping {

// -- how one field gets its value -----------------------------------------------------------------
// `source` is a position in row_plan::wanted().

struct copy_step {
  std::size_t source;
};
struct cast_step {
  std::size_t source;
  cast to;
  std::string column;  ///< its name, for the reason of an invalid row
};
/// The first of some columns that is not NULL, as functions and then a cast make it.
struct function_step {
  std::vector<std::size_t> sources;
  values::chain apply;
  cast to;
  std::string column;  ///< the name of the first one, for the reason of an invalid row
};
struct constant_step {
  std::string packed;  ///< the value as append_value packs it
};
struct template_step {
  /// A stretch of literal text, and the column whose text follows it, as functions make it.
  struct piece {
    std::string literal;
    std::size_t source;
    values::chain apply = {};
    std::string column = {};  ///< its name, for the reason of an invalid row
  };
  std::vector<piece> pieces;
  std::string tail;          ///< literal text behind the last column
  values::chain apply = {};  ///< on the whole text
};
/// A program that computes the value of columns, then functions and a cast.
struct lua_step {
  std::vector<std::size_t> sources;  ///< of the program's columns, in its order
  std::shared_ptr<values::lua_program> program;
  values::chain apply;
  cast to;
};
/// What another connection remembers of the row whose key some columns hold, then functions and a
/// cast. NULL where a column is NULL.
struct known_step {
  std::vector<std::size_t> sources;  ///< of that connection's key, in its order
  std::string name;                  ///< of the value
  std::string of;                    ///< the connection, for the reason of an invalid row
  bool required;                     ///< without a value the row is invalid, and else it has NULL
  std::shared_ptr<known_ids> ids;    ///< null: rows cannot be packed
  values::chain apply;
  cast to;
};
using field_step = std::variant<copy_step, cast_step, function_step, constant_step, template_step,
                                lua_step, known_step>;

/// Made by `compile`. One thread only: packing uses buffers of the plan, and copies share their
/// programs. In the steady state it allocates nothing per row, but for casts to json, functions and
/// programs.
class row_plan {
 public:
  /// REQUIRES: `steps` parallel to schema.fields, `keys` parallel to schema.keys.
  row_plan(std::vector<std::size_t> wanted, row_schema schema, std::vector<field_step> steps,
           std::vector<std::size_t> keys);

  /// The columns that must be read: positions in the model's columns, ascending.
  [[nodiscard]] const std::vector<std::size_t>& wanted() const { return wanted_; }
  [[nodiscard]] const row_schema& schema() const { return schema_; }
  /// Positions in `wanted` of the key columns, in the order of schema().keys.
  [[nodiscard]] const std::vector<std::size_t>& keys() const { return keys_; }

  /// Appends the packed mapped row. `values` are those of `wanted`, in its order. Returns false,
  /// with `packed` as it was, if a value cannot be made: the row is invalid, see `invalid_reason`.
  bool pack(std::span<const value_view> values, std::string& packed);

  /// Appends the packed key. Returns false if one of its values is NULL: the row is invalid, and
  /// the packed key is only good for showing it.
  bool pack_key(std::span<const value_view> values, std::string& packed);

  /// Why the last `pack` or `pack_key` returned false; names the column, never its value.
  [[nodiscard]] const std::string& invalid_reason() const { return invalid_reason_; }

 private:
  struct packer;

  std::vector<std::size_t> wanted_;
  row_schema schema_;
  std::vector<field_step> steps_;
  std::vector<std::size_t> keys_;
  std::string scratch_;         ///< of casts
  std::string text_;            ///< of templates
  std::string other_key_;       ///< of rows of other connections
  std::vector<value_view> in_;  ///< of programs
  std::string invalid_reason_;
};

}  // namespace sluice::mapping
