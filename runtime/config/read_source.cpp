// The source section: which database, which rows, by which key.
#include <algorithm>

#include "runtime/config/odbc_attributes.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

void read_change_detection(const json_value& detection, source_config& out) {
  detection.defaults_to("snapshot");
  if (!detection.present()) return;
  if (!detection.raw().is_object()) {
    out.by_digest =
        detection.as_word<bool>({{"snapshot", false}, {"digest", true}}).value_or(out.by_digest);
    return;
  }
  section by(detection);
  auto& cursor = out.cursor.emplace();
  cursor.column = by.required("cursor",
                              "name the column that grows with every change: {\"cursor\": "
                              "\"updated_at\"}")
                      .as_text()
                      .value_or("");
  cursor.overlap = by.duration("overlap", limits::overlap_min, limits::overlap_max, cursor.overlap);
}

std::vector<std::string> read_key(const json_value& key) {
  std::vector<std::string> columns;
  const auto elements = key.elements(R"(["id"])");
  if (elements.size() > limits::key_columns) {
    key.complain("has " + std::to_string(elements.size()) + " columns",
                 "it may have " + std::to_string(limits::key_columns));
    return columns;
  }
  for (const auto& element : elements) {
    auto column = element.as_text();
    if (!column) continue;
    if (std::ranges::find(columns, *column) != columns.end())
      element.complain("the column " + element.quoted() + " is listed twice", "list it once");
    columns.push_back(std::move(*column));
  }
  return columns;
}

}  // namespace

source_config read_source(const json_value& value) {
  source_config out;
  section source(value);
  out.odbc =
      source.required("odbc", "give the ODBC connection string").as_secret().value_or(out.odbc);
  const auto table = source.member("table");
  const auto query = source.member("query");
  out.table = table.as_text();
  out.query = query.as_text();
  if (table.present() && query.present())
    source.complain("has both \"table\" and \"query\"", "keep the one that is to be read");
  if (source && !table.present() && !query.present())
    source.complain("has neither \"table\" nor \"query\"",
                    "add \"table\": \"schema.name\" or \"query\": \"SELECT …\"");
  out.key = read_key(source.required("key", "list the columns that identify a row: [\"id\"]"));
  const auto where = source.member("where");
  out.where = where.as_text();
  if (out.where && query.present())
    where.complain("filters a \"table\" only", "write it into the \"query\"");
  read_change_detection(source.member("change_detection"), out);
  out.consistent_reads = source.boolean("consistent_reads", out.consistent_reads);
  out.answer_timeout = source.duration("answer_timeout", limits::answer_timeout_min,
                                       limits::answer_timeout_max, out.answer_timeout);
  return out;
}

}  // namespace sluice::config
