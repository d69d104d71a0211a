// Rejected rows: by page, by reason, and all of them as a file.
#include <nlohmann/json.hpp>
#include <string>

#include "messages/json.hpp"
#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/rejected_text.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/row_file.hpp"
#include "runtime/api/v1.hpp"

namespace sluice::api::v1 {
namespace {

/// Of what is searched for: a whole reason, as the console searches for one of a group.
constexpr std::size_t longest_text = 2 * most_reason_bytes;

std::string reasons_as_text(const rejected_list& list) {
  auto items = nlohmann::ordered_json::array();
  for (const auto& each : list.reasons)
    items.push_back({{"reason", each.reason},
                     {"count", each.rows},
                     {"key_text", each.key},
                     {"last_at", format_timestamp(each.last_at)}});
  return to_text(items);
}

question file_of(const asked& a, rejected_query which, row_format format) {
  which.limit = most_per_page;
  const bool csv = format == row_format::csv;
  row_file<rejected_list> file;
  file.type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
  file.name = a.connection + "-rejected." + (csv ? "csv" : "jsonl");
  file.ask = [connection = a.connection, which](const std::string& cursor) {
    auto page = which;
    page.cursor = cursor;
    return command::rejected{connection, page};
  };
  file.render = [csv](const rejected_list& list) {
    return csv ? csv_lines(list.rows) : json_lines(list.rows);
  };
  if (csv) file.text = csv_head;
  return file.whole(a);
}

}  // namespace

plan list_rejected(const asked& a) {
  require_rows(a);
  parameters query(a.request);
  rejected_query which;
  which.operation = query.one_of("operation", {"insert", "update", "delete", "read"});
  which.status = query.whole_number("status");
  which.text = query.text("q", longest_text);
  which.by_reason = !query.one_of("group", {"reason"}).empty();
  which.limit = query.number("limit", 1, most_per_page, default_limit);
  which.cursor = query.text("cursor", longest_text);
  query.check();
  const auto format = wanted_format(a.request);
  if (format != row_format::json && !which.by_reason) return file_of(a, which, format);
  return question_of<rejected_list>(
      a, command::rejected{a.connection, which},
      [r = a.request, by_reason = which.by_reason](const rejected_list& list) {
        return page_response(r, by_reason ? reasons_as_text(list) : to_json_text(list.rows),
                             list.next);
      });
}

}  // namespace sluice::api::v1
