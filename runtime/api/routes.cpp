#include "runtime/api/routes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/api/run_id.hpp"
#include "runtime/api/v1.hpp"
#include "runtime/api/v2.hpp"
#include "runtime/config/json_value.hpp"

namespace sluice::api {
namespace {

constexpr bool changes = true;

constexpr std::array routes{
    route{"GET", "/api/v1/node", v1::get_node},
    route{"GET", "/api/v1/nodes", v1::list_nodes},
    route{"GET", "/api/v1/credentials", v1::list_credentials},
    route{"POST", "/api/v1/reload", v1::reload, changes},
    route{"GET", "/api/v1/events", v1::events},
    route{"GET", "/api/v1/openapi.json", v1::get_openapi},
    route{"GET", "/api/v1/connections", v1::list_connections},
    route{"GET", "/api/v1/connections/:connection", v1::get_connection},
    route{"GET", "/api/v1/connections/:connection/config", v1::get_config},
    route{"POST", "/api/v1/connections/:connection/enable", v1::enable, changes},
    route{"POST", "/api/v1/connections/:connection/disable", v1::disable, changes},
    route{"POST", "/api/v1/connections/:connection/reset", v1::reset, changes},
    route{"POST", "/api/v1/connections/:connection/preview", v1::preview},
    route{"GET", "/api/v1/connections/:connection/rejected", v1::list_rejected},
    route{"GET", "/api/v1/connections/:connection/runs", v1::list_runs},
    route{"POST", "/api/v1/connections/:connection/runs", v1::start_run, changes},
    route{"GET", "/api/v1/connections/:connection/runs/:run", v1::get_run},
    route{"POST", "/api/v1/connections/:connection/runs/:run/stop", v1::stop_run, changes},
    route{"GET", "/api/v1/connections/:connection/runs/:run/rows", v1::list_rows},
    route{"GET", "/v2/retl-connections", v2::list_connections},
    route{"GET", "/v2/retl-connections/:connection", v2::get_connection},
    route{"POST", "/v2/retl-connections/:connection/start", v2::start_sync, changes},
    route{"POST", "/v2/retl-connections/:connection/stop", v2::stop_sync, changes},
    route{"GET", "/v2/retl-connections/:connection/syncs", v2::list_syncs},
    route{"GET", "/v2/retl-connections/:connection/syncs/:run", v2::get_sync},
};

/// Takes the next part of a path, without its slash.
std::string_view next_part(std::string_view& path) {
  path.remove_prefix(1);
  const auto part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

struct path_parts {
  connection_name connection;
  run_id run;
};

/// What stands in the path where the pattern has names; nothing if it does not match.
std::optional<path_parts> match(std::string_view pattern, std::string_view path) {
  path_parts out;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const auto expected = next_part(pattern);
    const auto part = next_part(path);
    if (part.empty()) return std::nullopt;
    if (expected == ":connection")
      out.connection = connection_name(part);
    else if (expected == ":run")
      out.run = run_id(part);
    else if (expected != part)
      return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return out;
}

void require_names(const asked& a, bool has_run) {
  if (!config::is_name(a.connection))
    throw refused({404, "unknown_connection", "no connection can have that name",
                   "GET /api/v1/connections lists them"});
  if (has_run && !is_run_id(a.run))
    throw refused({404, "unknown_run", "'" + a.connection + "' has no such run",
                   "runs have ids of 26 letters and digits"});
}

plan perform(const route& which, const asked& a) {
  if (which.changes && !a.who.operates)
    throw refused({403, "forbidden", "'" + a.who.name + "' is an observer",
                   "ask for a token of the role operator"});
  if (which.path.find(":connection") != std::string_view::npos)
    require_names(a, which.path.find(":run") != std::string_view::npos);
  return which.perform(a);
}

}  // namespace

std::string methods_of(std::string_view path) {
  std::string out;
  for (const auto& each : routes) {
    if (!match(each.path, path)) continue;
    if (!out.empty()) out += ", ";
    out += each.method;
    if (each.method == "GET") out += ", HEAD";
  }
  return out;
}

plan plan_of(const web::request& r, const caller& who) {
  const std::string_view method = r.method == "HEAD" ? std::string_view("GET") : r.method;
  for (const auto& each : routes)
    if (each.method == method)
      if (auto parts = match(each.path, r.path))
        return perform(each, {r, who, std::move(parts->connection), std::move(parts->run)});
  const auto methods = methods_of(r.path);
  if (methods.empty())
    throw refused({404, "unknown_path", "nothing is at " + r.path,
                   "GET /api/v1/openapi.json describes all that is there"});
  refusal why{405, "method_not_allowed", r.path + " does not take " + r.method,
              "it takes " + methods};
  why.headers.emplace_back("Allow", methods);
  throw refused(std::move(why));
}

}  // namespace sluice::api
