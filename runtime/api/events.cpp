#include "runtime/api/events.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/json.hpp"
#include "runtime/api/own_node.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/visible.hpp"

namespace sluice::api {
namespace {

std::string event(std::string_view name, const nlohmann::ordered_json& value) {
  return "event: " + std::string(name) + "\ndata: " + to_text(value) + "\n";
}

template <class Record>
change change_of(std::string_view name, const Record& record) {
  return {record.connection, event(name, to_json(record)),
          event(name, to_json(without_rows(record)))};
}

/// Whether more than the progress of the run is new.
bool is_new_beside_its_run(connection_status before, connection_status now) {
  const auto stage = [](const connection_status& c) {
    return c.run ? std::pair(c.run->run, c.run->state) : std::pair(std::string(), run_state{});
  };
  if (stage(before) != stage(now)) return true;
  before.run.reset();
  now.run.reset();
  return before != now;
}

void compare(const connection_status& before, const connection_status& now, changes& out) {
  if (is_new_beside_its_run(before, now)) out.events.push_back(change_of("connection", now));
  if (now.run && before.run != now.run) out.events.push_back(change_of("run", *now.run));
  const bool other =
      before.run && !has_ended(before.run->state) && (!now.run || now.run->run != before.run->run);
  if (other) out.missed.push_back({before.connection, before.run->run});
}

}  // namespace

changes changes_between(std::vector<connection_status> before, std::vector<connection_status> now) {
  std::ranges::sort(before, {}, &connection_status::connection);
  std::ranges::sort(now, {}, &connection_status::connection);
  changes out;
  auto old = before.cbegin();
  const auto remove_until = [&](const connection_name* name) {
    for (; old != before.cend() && (name == nullptr || old->connection < *name); ++old) {
      const auto text = event("removed", old->connection);
      out.events.push_back({old->connection, text, text});
    }
  };
  for (const auto& one : now) {
    remove_until(&one.connection);
    if (old != before.cend() && old->connection == one.connection) {
      compare(*old++, one, out);
    } else {
      out.events.push_back(change_of("connection", one));
      if (one.run) out.events.push_back(change_of("run", *one.run));
    }
  }
  remove_until(nullptr);
  return out;
}

change event_of(const run_record& run) { return change_of("run", run); }

change event_of(const node_status& self, const std::vector<connection_status>& connections) {
  const auto text = event("node", own_node(self, connections));
  return {{}, text, text};
}

std::string event_text(std::string_view event, std::uint64_t id) {
  return std::string(event) + "id: " + std::to_string(id) + "\n\n";
}

}  // namespace sluice::api
