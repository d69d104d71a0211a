// `sluice sync`
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/humanize.hpp"
#include "runtime/cli/render_run.hpp"
#include "runtime/cli/row_lines.hpp"

namespace sluice::cli {
namespace {

/// Adds the lines of a file of keys.
void add_lines(std::istream& in, row_choice& rows) {
  for (std::string line; rows.keys.text().size() <= longest_long_text && std::getline(in, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos) rows.add(line);
}

row_choice rows_of(const sync_options& what) {
  row_choice rows{.limit = row_count(what.limit)};
  for (const auto& key : what.keys) rows.add(key);
  if (what.key_file == "-") {
    add_lines(std::cin, rows);
  } else if (!what.key_file.empty()) {
    std::ifstream in(what.key_file);
    if (!in)
      throw failure(errc::usage, "read keys", what.key_file.string(), "it cannot be read",
                    "name a file with a JSON object on each line");
    add_lines(in, rows);
  }
  if (rows.keys.empty() && !what.key_file.empty())
    throw failure(errc::usage, "read keys", what.key_file.string(), "it has no keys",
                  "name a file with a JSON object on each line");
  if (!rows.keys.empty() && (what.full || what.limit > 0))
    throw failure(errc::usage, "sync", what.connection, "rows are named, and more is asked for",
                  "--key and --keys go without --full and without --limit");
  if (rows.has_too_many())
    throw failure(errc::usage, "read keys", what.key_file.string(), "they are too many",
                  "a run takes 1,000 keys, and 12 KiB of them: sync some after the others");
  return rows;
}

/// `text`, each line of it behind `before`.
std::string indented(const std::string& text, std::string_view before) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    out += std::string(before) + printable(line) + '\n';
  return out;
}

/// What became of a row, from its line in the row log, with what was sent and answered.
std::string row_text(const std::string& line, const palette& paint) {
  const auto row = nlohmann::ordered_json::parse(line, nullptr, false);
  if (!row.is_object()) return printable(line) + "\n";
  const auto whole = [&](const char* member) {
    const auto found = row.find(member);
    if (found == row.end() || found->is_null()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  const auto text = [&](const char* member) { return printable(whole(member)); };
  const auto outcome = text("outcome");
  auto why = text("status");
  if (const auto error = text("error"); !error.empty()) why += (why.empty() ? "" : " ") + error;
  return (outcome == "delivered" ? outcome : paint.red(outcome)) + ' ' + text("operation") + ' ' +
         text("key") + (why.empty() ? "" : ": " + why) + '\n' + indented(whole("request"), "  > ") +
         indented(whole("answer"), "  < ");
}

}  // namespace

exit_code run(const sync_options& what, const shim_options& how, output& out) {
  const auto rows = rows_of(what);
  const bool are_named = !rows.keys.empty();
  auto node = connect(how);
  // Who names rows wants to know what became of them.
  const bool follows = what.wait || what.watch || are_named;
  const auto started = node.call(command::start{what.connection,
                                                {.full = what.full,
                                                 .wait = follows,
                                                 .allow_deletes = what.allow_deletes,
                                                 .trigger = run_trigger::manual,
                                                 .requested_by = caller_of(how),
                                                 .rows = rows}});
  if (!out.json()) out.note(started_text(started));
  if (!follows) {
    // The id alone, for use in scripts.
    if (out.json())
      out.document(to_json(started));
    else
      out.result(started.run + "\n");
    return exit_code::done;
  }
  const auto ended = follow(node, started, what.watch ? progress::shown : progress::none, out);
  if (!out.json()) {
    if (are_named && ended.counters.deltas() + ended.counters.invalid > 0)
      each_row(node, what.connection, {.run = ended.run, .limit = most_chosen_keys},
               [&](const std::string& line) { out.result(row_text(line, out.paint())); });
    out.result(summary_text(ended, now(), out.paint()));
  } else if (!what.watch) {  // the last of the watched documents was this one
    out.document(to_json(ended));
  }
  return code_of(ended);
}

}  // namespace sluice::cli
