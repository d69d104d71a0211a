// The commands that only look: status, connections, runs, rejected.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/connect.hpp"
#include "runtime/cli/render_lists.hpp"

namespace sluice::cli {
namespace {

template <class T>
nlohmann::ordered_json to_array(const std::vector<T>& items) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

/// A list that is as long as it was allowed to be may go on.
void note_limit(std::size_t shown, std::uint32_t limit, output& out) {
  if (shown >= limit) out.note(fmt::format("the latest {}; --limit shows more", limit));
}

}  // namespace

exit_code run(const status_options& what, const shim_options& how, output& out) {
  const auto status = connect(how).status(what.connection);
  if (out.json())
    out.document(to_json(status));
  else
    out.result(status_text(status, now(), out.paint()));
  return exit_code::done;
}

exit_code run(const connections_options& /*what*/, const shim_options& how, output& out) {
  const auto all = connect(how).list();
  if (out.json())
    out.document(to_array(all));
  else
    out.result(connections_text(all, now(), out.paint()));
  return exit_code::done;
}

exit_code run(const runs_options& what, const shim_options& how, output& out) {
  const auto runs = connect(how).runs(what.connection, what.limit);
  if (out.json()) {
    out.document(to_array(runs));
  } else {
    out.result(runs_text(runs, now(), out.paint()));
    note_limit(runs.size(), what.limit, out);
  }
  return exit_code::done;
}

exit_code run(const rejected_options& what, const shim_options& how, output& out) {
  const auto rows = connect(how).rejected(what.connection, what.limit);
  if (out.json()) {
    out.document_text(to_json_text(rows));
  } else {
    out.result(rejected_text(rows, now(), out.paint()));
    note_limit(rows.size(), what.limit, out);
  }
  return exit_code::done;
}

}  // namespace sluice::cli
