#include "runtime/destinations/jsonl_line.hpp"

#include <vector>

namespace sluice::destinations {

jsonl_line::jsonl_line(const delivery_context& run)
    : keys_(run.schema.keys), rows_(run.schema.fields) {
  if (run.on_delete.fields.empty()) return;
  std::vector<field> fields;
  for (const auto position : run.on_delete.fields) {
    fields.push_back(run.schema.fields[position]);
    fields.back().omit_null = false;  // it is set to null
  }
  word_of_erase_ = to_string(operation::update);
  row_of_erase_.clear();
  json_row(fields).append(row_of_erase_, run.on_delete.packed);
}

void jsonl_line::append(std::string& out, const delta_view& delta) {
  out += begin;
  out += delta.op == operation::erase ? word_of_erase_ : to_string(delta.op);
  out += R"(","key":)";
  keys_.append(out, delta.key);
  out += R"(,"row":)";
  if (delta.op == operation::erase) {
    out += row_of_erase_;
  } else {
    rows_.append(out, delta.row);
  }
  out += '}';
}

}  // namespace sluice::destinations
