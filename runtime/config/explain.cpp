#include "runtime/config/explain.hpp"

#include <nlohmann/json.hpp>

#include "runtime/config/duration.hpp"
#include "runtime/config/json_document.hpp"
#include "runtime/config/secret_names.hpp"

namespace sluice::config {
namespace {

/// Adds what `file` leaves out.
void fill_in(ordered_json& file, const ordered_json& defaults) {
  for (const auto& [key, value] : defaults.items()) {
    if (!file.contains(key)) {
      file[key] = value;
    } else if (value.is_object() && file[key].is_object()) {
      fill_in(file[key], value);
    }
  }
}

void mask_connection_string(ordered_json& file, const std::string& section) {
  if (!file.contains(section) || !file[section].contains("odbc")) return;
  auto& odbc = file[section]["odbc"];
  odbc = secret_string(odbc.get<std::string>()).shown();
}

/// Fills in and masks `notify`, where it is given.
void explain_notify(ordered_json& file, const std::vector<notify_config>& read) {
  if (!file.contains("notify")) return;
  for (std::size_t i = 0; i < read.size(); ++i) {
    auto& endpoint = file["notify"][i];
    endpoint["url"] = shown_url(read[i].url, masked_settings::all);
    if (endpoint.contains("secret")) endpoint["secret"] = shown_secret(read[i].secret);
    if (endpoint.contains("key")) endpoint["key"] = shown_secret(read[i].key);
    endpoint["format"] = to_string(read[i].format);
    endpoint["repeat"] = read[i].repeat;
    if (read[i].wants(alert_event::rejected))
      endpoint["rejected_percent"] = read[i].rejected_percent;
  }
}

}  // namespace

std::string explained(const ordered_json& file, const node_config& node) {
  auto out = file;
  fill_in(
      out,
      {{"node", node.name},
       {"listen", node.listen},
       {"heartbeat",
        {{"every", to_text(node.heartbeat.every)},
         {"dead_after", to_text(node.heartbeat.dead_after)}}},
       {"connections", defaults::connections},
       {"max_running_syncs", node.max_running_syncs},
       {"log",
        {{"level", log::to_string(node.log.level)}, {"format", log::to_string(node.log.format)}}},
       {"retention",
        {{"runs", to_text(node.retention.runs)},
         {"rejected", to_text(node.retention.rejected)},
         {"most_runs", node.retention.most_runs}}}});
  if (node.http) fill_in(out["http"], {{"insecure", node.http->insecure}});
  explain_notify(out, node.notify);
  return out.dump(2);
}

std::string explained(const ordered_json& file, const connection_config& connection) {
  auto out = file;
  fill_in(out, {{"name", connection.name},
                {"source",
                 {{"change_detection", "snapshot"},
                  {"answer_timeout", to_text(connection.source.answer_timeout)}}},
                {"mode", to_string(connection.mode)},
                {"schedule", "manual"},
                {"delivery",
                 {{"writers", connection.delivery.writers},
                  {"batch_rows", connection.delivery.batch_rows},
                  {"window", connection.delivery.window},
                  {"drain_timeout", to_text(connection.delivery.drain_timeout)}}},
                {"max_delete_percent", connection.max_delete_percent},
                {"max_rejected_percent", connection.max_rejected_percent},
                {"retry_rejected", connection.retry_rejected},
                {"row_log", connection.row_log}});
  if (connection.mode == sync_mode::mirror) fill_in(out, {{"on_delete", "delete"}});
  if (const auto* const odbc = std::get_if<odbc_config>(&connection.destination.kind))
    fill_in(out["destination"],
            {{"create", odbc->create}, {"answer_timeout", to_text(odbc->answer_timeout)}});
  if (const auto* const http = std::get_if<http_config>(&connection.destination.kind))
    out["destination"] = parse_dumped(http->explained);
  mask_connection_string(out, "source");
  mask_connection_string(out, "destination");
  explain_notify(out, connection.notify);
  return out.dump(2);
}

std::string explain(const node_config& config) {
  auto connections = ordered_json::object();
  for (const auto& [name, connection] : config.connections)
    connections[name] = parse_dumped(connection.explained);
  return ordered_json{{"node", parse_dumped(config.explained)},
                      {"connections", std::move(connections)}}
      .dump(2);
}

}  // namespace sluice::config
