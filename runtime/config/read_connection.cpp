// A connection file: its own keys; source, mapping and destination have readers of their own.

#include "runtime/config/destination_kind.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

std::string read_name(const json_value& name, const section& root) {
  if (name.present()) return name.as_name().value_or("");
  auto stem = root.value().file().stem().string();
  name.defaults_to(stem);
  if (!is_name(stem))
    root.complain("the file's name cannot name the connection",
                  name_rule() + "; rename the file or add a \"name\"");
  return stem;
}

/// Complains about settings that do not work with a cursor.
void check_cursor(const json_value& mode, const connection_config& connection) {
  if (!connection.source.cursor || connection.mode != sync_mode::mirror) return;
  mode.complain("a cursor does not see which rows have vanished, so it cannot mirror",
                "write \"change_detection\": \"snapshot\" or \"digest\", or \"mode\": \"upsert\" "
                "to keep such rows");
}

sync_mode read_mode(section& root) {
  using enum sync_mode;
  return root.word<sync_mode>("mode",
                              {{to_string(upsert), upsert},
                               {to_string(mirror), mirror},
                               {to_string(insert), insert},
                               {to_string(update), update},
                               {to_string(append), append}},
                              upsert);
}

delivery_config read_delivery(const json_value& value, const destination_config& destination) {
  delivery_config out;
  section delivery(value);
  out.writers = delivery.number("writers", limits::writers, out.writers);
  out.batch_rows = delivery.number("batch_rows", limits::batch_rows, usual_batch_rows(destination));
  out.window = delivery.number("window", limits::window, out.window);
  out.drain_timeout = delivery.duration("drain_timeout", limits::drain_timeout_min,
                                        limits::drain_timeout_max, out.drain_timeout);
  const auto on = delivery.member("on");
  const auto patience = delivery.member("give_up_after");
  out.on = node_name(on.as_name().value_or(""));
  if (on.present()) {
    patience.defaults_to(to_text(out.give_up_after));
  } else if (patience.present()) {
    patience.complain("there is no node to wait for",
                      "it goes with \"on\"; an HTTP destination has \"retry\" of its own");
  }
  out.give_up_after = patience.as_duration(limits::http_time_min, limits::http_time_max)
                          .value_or(out.give_up_after);
  return out;
}

}  // namespace

connection_config read_connection(const json_value& value,
                                  const std::vector<notify_config>& of_node) {
  connection_config out;
  section root(value);
  if (!root) return out;
  out.name = connection_name(read_name(root.member("name"), root));
  out.file = value.file();
  out.node = node_name(root.member("node").as_name().value_or(""));
  out.source = read_source(root.required("source", "say what to read: odbc, table and key"));
  out.mode = read_mode(root);
  out.source.mirrored = out.mode == sync_mode::mirror;
  const auto on_delete = root.member("on_delete");
  if (out.mode == sync_mode::mirror) on_delete.defaults_to("delete");
  out.set_on_delete = read_on_delete(on_delete);
  out.mapping = read_mapping(root.member("mapping"));
  const auto destination =
      root.required("destination", "say where to write: kind and its settings");
  out.destination = read_destination(destination);
  if (destination.present()) out.destination_text = destination.raw().dump();
  out.schedule = read_schedule(root.member("schedule"));
  out.delivery = read_delivery(root.member("delivery"), out.destination);
  out.max_delete_percent =
      root.number("max_delete_percent", limits::max_delete_percent, out.max_delete_percent);
  out.max_rejected_percent =
      root.number("max_rejected_percent", limits::max_rejected_percent,
                  out.mode == sync_mode::update ? defaults::max_rejected_percent_of_updates
                                                : defaults::max_rejected_percent);
  out.retry_rejected = root.boolean("retry_rejected", out.retry_rejected);
  out.initial = root.word<initial_backfill>(
      "initial",
      {{"full", initial_backfill::full}, {"assume_synced", initial_backfill::assume_synced}},
      out.initial);
  out.row_log = root.boolean("row_log", out.row_log);
  const auto notify = root.member("notify");
  out.notify = notify.present() ? read_notify(notify) : of_node;
  check_cursor(root.member("mode"), out);
  check_destination(value, out);
  check_on_delete(on_delete, out);
  return out;
}

}  // namespace sluice::config
