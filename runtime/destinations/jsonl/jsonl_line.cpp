#include "runtime/destinations/jsonl/jsonl_line.hpp"

#include <limits>
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
  static_cast<void>(append_within(out, delta, std::numeric_limits<std::size_t>::max()));
}

bool jsonl_line::append_within(std::string& out, const delta_view& delta, std::size_t most) {
  out += begin;
  out += delta.op == operation::erase ? word_of_erase_ : to_string(delta.op);
  out += R"(","key":)";
  if (!keys_.append_within(out, delta.key, most)) return false;
  out += R"(,"row":)";
  if (delta.op == operation::erase) {
    out += row_of_erase_;
  } else {
    if (!rows_.append_within(out, delta.row, most)) return false;
  }
  out += '}';
  return out.size() <= most;
}

}  // namespace sluice::destinations
