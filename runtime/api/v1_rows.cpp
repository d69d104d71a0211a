// What became of each row of a run, where its connection keeps that.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/row_file.hpp"
#include "runtime/api/v1.hpp"

namespace sluice::api::v1 {
namespace {

/// A run that there is not, or that has no row log, is not found; a cursor of no page is a mistake.
void tell_what_is_missing(question& q, const std::string& path, const std::string& cursor) {
  q.refuse = [path, cursor, otherwise = std::move(q.refuse)](const error& why) {
    if (why.code != errc::usage || !cursor.empty()) return otherwise(why);
    const bool has_run = why.operation != "find run";
    return to_response(
        refusal{404, has_run ? "no_row_log" : "unknown_run", why.message(),
                has_run ? why.hint : "it may be of another connection, or too old to be known"},
        path);
  };
}

question file_of(const asked& a, row_log_query which) {
  which.limit = most_rows_listed;
  row_file<row_log_page> file;
  file.type = "application/x-ndjson";
  file.name = fmt::format("{}-{}.jsonl", a.connection, a.run);
  file.ask = [connection = a.connection, which](const std::string& cursor) {
    auto page = which;
    page.cursor = cursor;
    return command::row_log{connection, page};
  };
  file.render = [](const row_log_page& page) {
    std::string out;
    for (const auto& line : page.lines) {
      out += line;
      out += '\n';
    }
    return out;
  };
  return file.whole(a);
}

question page_of(const asked& a, const row_log_query& which) {
  return question_of<row_log_page>(
      a, command::row_log{a.connection, which}, [r = a.request](const row_log_page& page) {
        return page_response(r, fmt::format("[{}]", fmt::join(page.lines, ",")), page.next);
      });
}

}  // namespace

plan list_rows(const asked& a) {
  require_rows(a);
  parameters query(a.request);
  row_log_query which;
  which.run = a.run;
  which.outcome =
      query.one_of("outcome", {"delivered", "rejected", "undelivered", "unknown", "invalid"});
  which.text = query.text("q");
  which.limit = query.number("limit", 1, most_per_page, default_limit);
  which.cursor = query.text("cursor");
  query.check();
  auto out =
      wanted_format(a.request) == row_format::json_lines ? file_of(a, which) : page_of(a, which);
  tell_what_is_missing(out, a.request.path, which.cursor);
  return out;
}

}  // namespace sluice::api::v1
