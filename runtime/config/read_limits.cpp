#include "runtime/config/read_limits.hpp"

#include <nlohmann/json.hpp>

#include "runtime/config/defaults.hpp"
#include "runtime/config/read_http.hpp"

namespace sluice::config {
namespace {

constexpr auto example = R"([{"requests": 100, "per": "10s"}, {"requests": 250000, "per": "1d"}])";

std::optional<rate_limit> read_rate(const json_value& value) {
  rate_limit out;
  section rate(value);
  const auto rows = rate.member("rows");
  const auto requests = rows.present()
                            ? rate.member("requests")
                            : rate.required("requests", "say how many requests may be sent");
  if (rows.present() && requests.present())
    requests.complain("goes without \"rows\"", "write two limits, one of each");
  if (rows.present()) out.of = rate_limit::unit::rows;
  out.most = (rows.present() ? rows : requests).as_number(limits::rate_requests).value_or(1);
  out.per = rate.required("per", R"(say in which time, for example "1s")")
                .as_duration(limits::http_time_min, limits::rate_time_max)
                .value_or(std::chrono::seconds(1));
  return rate ? std::optional(out) : std::nullopt;
}

std::vector<rate_limit> read_rates(const json_value& value) {
  std::vector<rate_limit> out;
  if (!value.present()) return out;
  if (!value.raw().is_array()) {
    if (const auto only = read_rate(value)) out.push_back(*only);
    return out;
  }
  for (const auto& each : value.elements(example))
    if (const auto one = read_rate(each)) out.push_back(*one);
  if (out.size() > limits::rates)
    value.complain("has more than " + std::to_string(limits::rates) + " limits",
                   "leave out those that others imply");
  return out;
}

std::optional<std::uint32_t> read_concurrency(const json_value& value) {
  value.defaults_to("auto");
  if (!value.present()) return std::nullopt;
  if (value.raw().is_string()) {
    static_cast<void>(value.as_word<int>({{"auto", 0}}));
    return std::nullopt;
  }
  return value.as_number(limits::concurrency);
}

std::string read_name(const json_value& value) {
  auto name = value.as_text().value_or("");
  if (!name.empty()) check_header_name(value, name);
  return name;
}

quota_header_names read_quota(const json_value& value) {
  quota_header_names out;
  section quota(value);
  out.remaining = read_name(quota.member("remaining"));
  out.reset = read_name(quota.member("reset"));
  return out;
}

}  // namespace

request_limits read_limits(section& of) {
  request_limits out;
  out.rates = read_rates(of.member("rate_limit"));
  out.concurrency = read_concurrency(of.member("concurrency"));
  out.quota = read_quota(of.member("quota_headers"));
  return out;
}

std::string too_many_rows(const http_config& destination, const request_limits& of) {
  for (const auto& limit : of.rates) {
    if (limit.of != rate_limit::unit::rows) continue;
    for (const auto* const request : every_request(destination))
      if (!request->per_row && request->batch_rows > limit.most)
        return "admits " + std::to_string(limit.most) + " rows, and a request \"" + request->name +
               "\" has up to " + std::to_string(request->batch_rows);
  }
  return {};
}

std::map<std::string, request_limits> read_accounts(const json_value& accounts) {
  std::map<std::string, request_limits> out;
  if (!accounts.is_object()) return out;
  for (const auto& [name, value] : accounts.members()) {
    if (!is_name(name)) value.complain("\"" + name + "\" is no name", name_rule());
    section account(value);
    out.emplace(name, read_limits(account));
  }
  return out;
}

}  // namespace sluice::config
