// The section `lookup` of an http destination: what the API is asked before rows are written.
#include <algorithm>
#include <utility>

#include "runtime/config/read_http.hpp"
#include "runtime/config/request_variables.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {
namespace {

using name = template_variable::name;

constexpr auto* example_request =
    R"(for example {"method": "GET", "url": "https://api.example.com/accounts?domain={{row.domain}}"})";
constexpr auto* example_take = R"(say where the answer has it: {"account_id": "/results/0/id"})";

/// Complains about what a request cannot have that asks.
void check_request(const json_value& request, const http_request_config& read) {
  if (read.method == "GET" && !read.body.empty())
    request.member("body").complain("cannot go with the method GET",
                                    "ask in the url, or with the method POST");
  const auto results = request.member("results");
  if (!read.per_row && !read.results)
    request.complain(
        "asks for many rows, and does not say which value is which row's",
        R"(for example "results": {"items": "/results", "match": {"row": "email", "item": "/email"}})");
  if (!read.results) return;
  if (read.results->lists == http_results::listing::failed_rows)
    results.member("errors").complain("tells what failed, and a look-up takes what was found",
                                      "name the list in \"items\"");
  if (read.results->exists)
    results.member("exists").complain("is about rows that are written",
                                      "\"missing\" tells that nothing was found");
}

}  // namespace

std::optional<http_lookup> read_lookup(const json_value& value, const shared_by_requests& shared) {
  if (!value.present() || value.raw().is_null()) return std::nullopt;
  http_lookup out;
  section lookup(value);
  const auto request = lookup.required("request", example_request);
  const auto take = lookup.required("take", example_take);
  const auto on_miss = lookup.member("on_miss");
  const auto cache = lookup.member("cache");
  if (!lookup) return std::nullopt;
  on_miss.defaults_to("reject");
  cache.defaults_to("run");
  out.on_miss = on_miss
                    .as_word<http_lookup::miss>({{"reject", http_lookup::miss::reject},
                                                 {"null", http_lookup::miss::null},
                                                 {"skip", http_lookup::miss::skip}})
                    .value_or(out.on_miss);
  out.cached = cache.as_word<bool>({{"run", true}, {"none", false}}).value_or(out.cached);
  if (request.present()) {
    out.request = read_http_request(request, std::string(http_request_config::of_lookup), shared);
    if (request.raw().is_object()) check_request(request, out.request);
  }
  if (take.present() && take.raw().is_object() && take.raw().empty())
    take.complain("takes nothing", example_take);
  out.request.take = read_taken(take, "lookup");
  return out;
}

void check_lookup(const json_value& lookup, const http_config& config) {
  if (!config.lookup) return;
  const auto& asks = config.lookup->request;
  std::vector<std::string> used;
  bool by_delete = false;
  for (const auto& request : config.requests)
    for (const auto& variable : variables_of(request)) {
      if (variable.what != name::lookup) continue;
      used.push_back(variable.path.front());
      by_delete = by_delete || request.name == "delete";
    }
  const auto hint = [](const std::string& taken) {
    return "write {{lookup." + taken + "}} where a request needs it, or remove it";
  };
  if (used.empty() && !asks.take.empty())
    return lookup.complain("finds what no request uses", hint(asks.take.front().name));
  for (const auto& each : asks.take)
    if (std::ranges::find(used, each.name) == used.end())
      lookup.member("take").member(each.name).complain("is used by no request", hint(each.name));
  if (!by_delete) return;
  const auto request = lookup.member("request");
  for (const auto& variable : variables_of(asks))
    if (variable.what == name::row)
      request.complain("names " + to_text(variable) + ", and \"delete\" uses what it finds",
                       "of a deleted row only the key is known: {{key.…}}");
  if (asks.results) check_results_of_delete(request.member("results"), *asks.results);
}

}  // namespace sluice::config
