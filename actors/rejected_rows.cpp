#include "actors/rejected_rows.hpp"

#include "runtime/destinations/json_row.hpp"

namespace sluice::actors {
namespace {

std::string key_text(destinations::json_row& render, std::string_view packed) {
  if (packed.empty()) return "null";
  std::string text;
  render.append(text, packed);
  return text;
}

}  // namespace

std::vector<rejected_row> rejected_rows(const batch& deltas, const batch_outcome& outcome,
                                        const row_schema& schema, timestamp now) {
  destinations::json_row render(schema.keys);
  std::vector<rejected_row> rows;
  rows.reserve(outcome.rejections.size());
  for (const auto& r : outcome.rejections) {
    const auto d = deltas[r.index];
    rows.push_back({key_text(render, d.key), std::string(to_string(d.op)), r.reason, 1, now, now});
  }
  return rows;
}

std::vector<rejected_row> rejected_rows(const std::vector<diff::invalid_row>& invalid,
                                        const row_schema& schema, timestamp now) {
  destinations::json_row render(schema.keys);
  std::vector<rejected_row> rows;
  rows.reserve(invalid.size());
  for (const auto& r : invalid)
    rows.push_back({key_text(render, r.key), "read", r.reason, 1, now, now});
  return rows;
}

}  // namespace sluice::actors
