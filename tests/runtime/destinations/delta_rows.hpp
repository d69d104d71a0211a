// Short ways to write schemas and batches in tests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "messages/ascii.hpp"
#include "messages/batch.hpp"
#include "messages/row.hpp"
#include "runtime/destinations/destination.hpp"

namespace sluice::test {

/// The packed form of some values.
inline std::string packed(const std::vector<value_view>& values) {
  std::string out;
  for (const auto& v : values) append_value(out, v);
  return out;
}

struct named_kind {
  const char* name;
  value_kind kind;
};

/// A context whose fields go under the names of their columns; the first `keys` of them are the
/// key.
inline destinations::delivery_context context_of(const std::vector<named_kind>& columns,
                                                 std::size_t keys = 1) {
  row_schema schema;
  for (const auto& c : columns) schema.fields.push_back({{c.name}, c.kind, c.name});
  schema.keys.assign(schema.fields.begin(),
                     schema.fields.begin() + static_cast<std::ptrdiff_t>(keys));
  return {"test", "01TEST", sync_mode::mirror, schema};
}

/// A batch of upserts of `rows`, whose first `keys` values are the key.
inline batch upserts(const std::vector<std::vector<value_view>>& rows, std::size_t keys = 1) {
  batch out(1);
  for (const auto& row : rows)
    out.append(operation::update, {}, {},
               packed({row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys)}), packed(row));
  return out;
}

/// A batch of deletes.
inline batch erases(const std::vector<std::vector<value_view>>& keys) {
  batch out(1);
  for (const auto& key : keys) out.append(operation::erase, {}, {}, packed(key), {});
  return out;
}

/// What `call` throws as `failure`, as text with its hint; "" if it throws nothing.
template <class Call>
std::string failure_text(Call&& call) {
  try {
    call();
  } catch (const failure& f) {
    return std::string(to_string(f.info().code)) + ": " + f.info().text();
  }
  return {};
}

inline value_view integer(std::string_view x) { return {value_kind::integer, x}; }
inline value_view text(std::string_view x) { return {value_kind::text, x}; }
inline constexpr value_view null_value{};

}  // namespace sluice::test
