#include "runtime/destinations/table/shown_row.hpp"

#include <utility>

#include "runtime/destinations/renderer.hpp"
#include "runtime/destinations/table/table_layout.hpp"

namespace sluice::destinations {
namespace {

std::string_view write_of(sync_mode mode) {
  switch (mode) {
    case sync_mode::upsert:
    case sync_mode::mirror:
      return "upsert into ";
    case sync_mode::insert:
    case sync_mode::append:
      return "insert into ";
    case sync_mode::update:
      return "update ";
  }
  return "write to ";
}

/// The field as a column of its own.
field as_column(field f) {
  f.path = {column_name(f)};
  f.omit_null = false;
  return f;
}

std::vector<field> columns_of(const row_schema& schema) {
  std::vector<field> out;
  for (const auto& f : schema.fields) out.push_back(as_column(f));
  return out;
}

std::vector<field> key_columns_of(const row_schema& schema) {
  std::vector<field> out;
  for (const auto position : key_fields(schema)) out.push_back(as_column(schema.fields[position]));
  return out;
}

}  // namespace

shown_row::shown_row(std::string table, const delivery_context& run)
    : table_(std::move(table)),
      write_(write_of(run.mode)),
      row_(columns_of(run.schema)),
      key_(key_columns_of(run.schema)) {
  if (run.on_delete.fields.empty()) return;
  std::vector<field> fields;
  for (const auto position : run.on_delete.fields)
    fields.push_back(as_column(run.schema.fields[position]));
  erase_ = "update ";
  erase_sets_ = " set ";
  json_row(fields).append(erase_sets_, run.on_delete.packed);
}

bool shown_row::append(std::string& out, const delta_view& delta) {
  const bool erases = delta.op == operation::erase;
  ((out += erases ? erase_ : write_) += table_) += ": ";
  if (!erases) return row_.append_within(out, delta.row, longest_rendered);
  if (!key_.append_within(out, delta.key, longest_rendered)) return false;
  out += erase_sets_;
  return true;
}

}  // namespace sluice::destinations
