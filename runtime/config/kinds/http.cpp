// The kind `http`: an API, with requests for all operations of the mode. read_http.cpp reads its
// section.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "messages/mode_rules.hpp"
#include "runtime/config/destination_kind.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/config/json_value.hpp"
#include "runtime/config/references.hpp"

namespace sluice::config {
namespace {

void check_requests(const json_value& root, const connection_config& connection,
                    const http_config& http) {
  if (http.requests.empty()) return;  // has been reported
  const auto refused = std::ranges::find(http.refused_modes, connection.mode,
                                         &std::pair<sync_mode, std::string>::first);
  if (refused != http.refused_modes.end())
    return root.member("mode").complain(
        "\"" + std::string(to_string(connection.mode)) + "\" does not go with the preset",
        refused->second);
  const auto lacks = [&](operation op) {
    return sends(connection.mode, op) && request_for(http, op) == nullptr;
  };
  const bool inserts = lacks(operation::insert), updates = lacks(operation::update);
  const auto destination = root.member("destination");
  if (connection.mode == sync_mode::insert && inserts) {
    destination.complain("says not how rows are inserted",
                         R"(give an "insert" or an "upsert" request)");
  } else if (connection.mode == sync_mode::update && updates) {
    destination.complain("says not how rows are updated",
                         R"(give an "update" or an "upsert" request)");
  } else if (inserts || updates) {
    destination.complain("says not how rows are written",
                         R"(give an "upsert" request, or "insert" and "update")");
  }
  if (lacks(operation::erase))
    root.member("mode").complain("\"mirror\" deletes rows, and the destination has no \"delete\"",
                                 "add a \"delete\" request, or use \"upsert\"");
}

/// Every column is mapped under its own name, which is known once the model is open.
bool maps_every_column(const connection_config& connection) { return connection.mapping.empty(); }

void check_identity(const json_value& root, const connection_config& connection,
                    const http_config& http) {
  if (maps_every_column(connection)) return;
  const auto identity = root.member("destination").member("identity");
  for (const auto& each : http.identity) {
    if (!each.insists || each.path.empty()) continue;
    const auto name = field_path_text(each.path);
    const bool is_key =
        each.path.size() == 1 &&
        std::ranges::find(connection.source.key, each.path.front()) != connection.source.key.end();
    if (is_key || std::ranges::find(connection.mapping, each.path, &mapped_field::path) !=
                      connection.mapping.end())
      continue;
    identity.complain("\"" + name + "\" is neither a mapped field nor a key column",
                      "name the field by which the API finds a row, or the key column");
  }
}

void check_requirements(const json_value& root, const connection_config& connection,
                        const http_config& http) {
  if (maps_every_column(connection)) return;
  std::vector<std::vector<std::string>> fields;
  for (const auto& field : connection.mapping) fields.push_back(field.path);
  if (const auto lacking = unmet(http, fields))
    root.member("mapping").complain(lacking->problem, lacking->hint);
}

}  // namespace

const http_request_config* request_for(const http_config& config, operation op) {
  const auto& position = config.request_for[static_cast<std::size_t>(op)];
  return position && *position < config.requests.size() ? &config.requests[*position] : nullptr;
}

std::vector<const http_request_config*> every_request(const http_config& config) {
  std::vector<const http_request_config*> out;
  for (const auto& request : config.requests) out.push_back(&request);
  if (config.lookup) out.push_back(&config.lookup->request);
  return out;
}

bool is_sent(const http_config& config, std::size_t request, sync_mode mode) {
  for (const auto op : {operation::insert, operation::update, operation::erase})
    if (sends(mode, op) && config.request_for[static_cast<std::size_t>(op)] == request) return true;
  return false;
}

std::optional<unmet_requirement> unmet(const http_config& config,
                                       const std::vector<std::vector<std::string>>& fields) {
  for (const auto& each : config.required) {
    const bool met = std::ranges::any_of(each.any_of, [&](const auto& path) {
      return std::ranges::find(fields, path) != fields.end();
    });
    if (met) continue;
    std::string names;
    for (const auto& path : each.any_of)
      names += (names.empty() ? "" : ", ") + ("\"" + field_path_text(path) + "\"");
    return unmet_requirement{
        (each.any_of.size() == 1 ? "has no field " : "has none of the fields ") + names, each.why};
  }
  return std::nullopt;
}

void check_kind(const json_value& root, const connection_config& connection,
                const http_config& of) {
  check_requests(root, connection, of);
  check_identity(root, connection, of);
  check_requirements(root, connection, of);
}

std::optional<unmet_requirement> no_marking(const http_config&) {
  return unmet_requirement{"an API is told of deletes by a request of its own",
                           R"(write what to set in the body of the "delete" request)"};
}

std::optional<sole_file> file_of(const http_config&) { return std::nullopt; }

/// References of its requests are not listed: they must have values when the file is read.
std::vector<late_secret> late_secrets(const http_config&) { return {}; }

/// The server, and the address that rows are written to, without the query, which often has
/// settings and secrets.
nlohmann::ordered_json identity_of(const http_config& of) {
  const auto* request = request_for(of, operation::insert);
  if (request == nullptr) request = request_for(of, operation::update);
  const auto url = request == nullptr ? std::string() : request->url;
  const auto resolved = expand(url, of.directory);
  const auto authority = resolved.find("://");
  const auto end = authority == std::string::npos ? 0 : resolved.find_first_of("/?", authority + 3);
  auto server = resolved.substr(0, end);
  // Its name is not known before there is a token, and it moves with the account.
  if (of.base_url && of.auth) server = "that of the credential " + of.auth->name;
  // Such an address is refused when it is used, and must not be stored before.
  if (const auto user_end = server.rfind('@'); user_end != std::string::npos)
    server.erase(authority + 3, user_end + 1 - (authority + 3));
  return {
      {"kind", http_config::kind_name}, {"server", server}, {"url", url.substr(0, url.find('?'))}};
}

/// An API that takes a row per request gains nothing from large batches, and small ones are drained
/// sooner.
std::uint32_t usual_batch_rows(const http_config& of) {
  auto rows = defaults::http_batch_rows;
  for (const auto& request : of.requests)
    if (!request.per_row) rows = std::max(rows, request.batch_rows);
  return rows;
}

std::optional<double> rows_per_second(const http_config& of, operation op) {
  const auto* const request = request_for(of, op);
  if (request == nullptr) return std::nullopt;
  const auto rows = request->per_row ? 1 : request->batch_rows;
  std::optional<double> least;
  for (const auto& limit : of.limits.rates) {
    const double each = limit.of == rate_limit::unit::rows ? 1 : rows;
    const double rate = each * limit.most * 1000 / static_cast<double>(limit.per.count());
    least = std::min(least.value_or(rate), rate);
  }
  return least;
}

std::chrono::milliseconds request_timeout(const http_config& of) { return of.timeout; }

bool remembers_answers(const http_config& of) {
  return std::ranges::any_of(of.requests,
                             [](const auto& request) { return !request.remember.empty(); });
}

}  // namespace sluice::config
