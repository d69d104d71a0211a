// A connection file: its own keys; source, mapping and destination have readers of their own.
#include <algorithm>

#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

std::string read_name(const json_value& root, const std::filesystem::path& file) {
  if (const auto name = root.member("name"); name.present()) return name.as_name().value_or("");
  auto stem = file.stem().string();
  if (!is_name(stem))
    root.complain("the file's name cannot name the connection",
                  name_rule() + "; rename the file or add a \"name\"");
  return stem;
}

/// What a cursor cannot do.
void check_cursor(const json_value& root, const connection_config& connection) {
  if (!connection.source.cursor || connection.mode != sync_mode::mirror) return;
  root.member("mode").complain(
      "a cursor does not see which rows have vanished, so it cannot mirror",
      "write \"change_detection\": \"snapshot\", or \"mode\": \"upsert\" to keep such rows");
}

}  // namespace

delivery_config read_delivery(const json_value& delivery, const destination_config& destination) {
  delivery_config out;
  // What an API takes a request at a time need not wait in larger pieces, and a stop drains it.
  if (const auto* const http = std::get_if<http_config>(&destination.kind)) {
    out.batch_rows = defaults::http_batch_rows;
    for (const auto& request : http->requests)
      if (!request.per_row) out.batch_rows = std::max(out.batch_rows, request.batch_rows);
  }
  if (!delivery.present() || !delivery.is_object_of({"writers", "batch_rows", "window",
                                                     "drain_timeout", "on", "give_up_after"}))
    return out;
  if (const auto on = delivery.member("on"); on.present()) out.on = on.as_name().value_or("");
  if (const auto patience = delivery.member("give_up_after"); patience.present()) {
    if (!delivery.member("on").present())
      patience.complain("there is no node to wait for",
                        "it goes with \"on\"; an HTTP destination has \"retry\" of its own");
    out.give_up_after = patience.as_duration(limits::http_time_min, limits::http_time_max)
                            .value_or(out.give_up_after);
  }
  out.writers = delivery.member("writers").as_number(limits::writers).value_or(out.writers);
  out.batch_rows =
      delivery.member("batch_rows").as_number(limits::batch_rows).value_or(out.batch_rows);
  out.window = delivery.member("window").as_number(limits::window).value_or(out.window);
  out.drain_timeout = delivery.member("drain_timeout")
                          .as_duration(limits::drain_timeout_min, limits::drain_timeout_max)
                          .value_or(out.drain_timeout);
  return out;
}

connection_config read_connection(const json_value& root) {
  connection_config out;
  if (!root.is_object_of({"name", "node", "source", "mode", "on_delete", "mapping", "destination",
                          "schedule", "delivery", "max_delete_percent", "max_rejected_percent",
                          "retry_rejected", "initial", "row_log", "notify"}))
    return out;
  out.name = read_name(root, root.file());
  out.file = root.file();
  if (const auto node = root.member("node"); node.present()) out.node = node.as_name().value_or("");
  out.source = read_source(root.required("source", "say what to read: odbc, table and key"));
  out.mode = root.member("mode")
                 .as_word<sync_mode>({{"upsert", sync_mode::upsert},
                                      {"mirror", sync_mode::mirror},
                                      {"insert", sync_mode::insert},
                                      {"update", sync_mode::update},
                                      {"append", sync_mode::append}})
                 .value_or(out.mode);
  out.source.mirrored = out.mode == sync_mode::mirror;
  out.set_on_delete = read_on_delete(root.member("on_delete"));
  out.mapping = read_mapping(root.member("mapping"));
  out.destination =
      read_destination(root.required("destination", "say where to write: kind and its settings"));
  if (const auto section = root.member("destination"); section.present())
    out.destination_text = section.raw().dump();
  out.schedule = read_schedule(root.member("schedule"));
  out.delivery = read_delivery(root.member("delivery"), out.destination);
  out.max_delete_percent = root.member("max_delete_percent")
                               .as_number(limits::max_delete_percent)
                               .value_or(out.max_delete_percent);
  out.max_rejected_percent =
      root.member("max_rejected_percent")
          .as_number(limits::max_rejected_percent)
          .value_or(out.mode == sync_mode::update ? defaults::max_rejected_percent_of_updates
                                                  : defaults::max_rejected_percent);
  out.retry_rejected = root.member("retry_rejected").as_boolean().value_or(out.retry_rejected);
  out.initial = root.member("initial")
                    .as_word<initial_backfill>({{"full", initial_backfill::full},
                                                {"assume_synced", initial_backfill::assume_synced}})
                    .value_or(out.initial);
  out.row_log = root.member("row_log").as_boolean().value_or(out.row_log);
  out.notify = read_notify(root.member("notify"));
  check_cursor(root, out);
  check_destination(root, out);
  check_on_delete(root, out);
  return out;
}

}  // namespace sluice::config
