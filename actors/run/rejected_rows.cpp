#include "actors/run/rejected_rows.hpp"

#include <algorithm>

#include "messages/row.hpp"
#include "runtime/json/json_row.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::actors {
namespace {

std::string key_text(json_row& render, std::string_view packed) {
  if (packed.empty()) return "null";
  std::string text;
  render.append(text, packed);
  return text;
}

std::string bounded(const std::string& reason) {
  return log::secrets().masked(reason, most_reason_bytes);
}

/// Whether the source can be asked for a key: a key with a NULL matches nothing.
bool names_a_row(std::string_view packed_key) {
  const auto values = unpack(packed_key);
  return !values.empty() && std::none_of(values.begin(), values.end(), [](const value_view& v) {
    return v.kind == value_kind::null;
  });
}

/// A row that was given up is not refused: an earlier attempt may have been carried out.
std::string reason_of(const rejection& r, fate became) {
  return bounded(became == fate::unknown ? "in doubt, it may have been written: " + r.reason
                                         : r.reason);
}

std::optional<int> known_status(int status) {
  return status == 0 ? std::nullopt : std::optional{status};
}

}  // namespace

std::vector<rejected_row> rejected_rows(const batch& deltas, const batch_outcome& outcome,
                                        const row_schema& schema, timestamp now) {
  json_row render(schema.keys);
  std::vector<rejected_row> rows;
  rows.reserve(outcome.rejections.size());
  for (const auto& r : outcome.rejections) {
    const auto d = deltas[r.index];
    rows.push_back({key_text(render, d.key), std::string(to_string(d.op)),
                    reason_of(r, outcome.fates[r.index]), 1, now, now, known_status(r.status),
                    refused_delta{d.op, d.key_hash, d.fingerprint}, std::string(d.key),
                    outcome.fates[r.index] == fate::unknown});
  }
  return rows;
}

std::vector<rejected_row> rejected_rows(const std::vector<diff::invalid_row>& invalid,
                                        const row_schema& schema, timestamp now) {
  json_row render(schema.keys);
  std::vector<rejected_row> rows;
  rows.reserve(invalid.size());
  for (const auto& r : invalid)
    rows.push_back({key_text(render, r.key), "read", bounded(r.reason), 1, now, now, std::nullopt,
                    std::nullopt, names_a_row(r.key) ? r.key : std::string()});
  return rows;
}

}  // namespace sluice::actors
