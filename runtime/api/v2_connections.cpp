// Connections as RudderStack's clients list them. Read only: here connections are files.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/api/page.hpp"
#include "runtime/api/parameters.hpp"
#include "runtime/api/response.hpp"
#include "runtime/api/v2.hpp"
#include "runtime/config/duration.hpp"

namespace sluice::api::v2 {
namespace {

using nlohmann::ordered_json;

ordered_json schedule_of(const ordered_json& config) {
  const auto schedule = config.value("schedule", ordered_json());
  if (schedule.is_object() && schedule.contains("cron"))
    return {{"type", "cron"}, {"cronExpression", schedule["cron"]}};
  if (schedule.is_object() && schedule.contains("every")) {
    const auto every = config::parse_duration(schedule["every"].get<std::string>());
    const auto minutes =
        std::chrono::ceil<std::chrono::minutes>(every.value_or(std::chrono::milliseconds{0}));
    return {{"type", "basic"}, {"everyMinutes", minutes.count()}};
  }
  return {{"type", "manual"}};  // what follows another connection has no time of its own either
}

/// The columns that are delivered as they are, and under which names.
ordered_json mappings_of(const ordered_json& config) {
  auto out = ordered_json::array();
  const auto mapping = config.value("mapping", ordered_json::object());
  for (const auto& [field, value] : mapping.items()) {
    if (value.is_string())
      out.push_back({{"from", value}, {"to", field}});
    else if (value.is_object() && value.contains("column"))
      out.push_back({{"from", value["column"]}, {"to", field}});
  }
  return out;
}

ordered_json identifiers_of(const ordered_json& config, const ordered_json& mappings) {
  auto out = ordered_json::array();
  for (const auto& column : config.at("source").value("key", ordered_json::array())) {
    const auto mapped = std::ranges::find_if(
        mappings, [&](const ordered_json& each) { return each["from"] == column; });
    out.push_back({{"from", column}, {"to", mapped == mappings.end() ? column : (*mapped)["to"]}});
  }
  return out;
}

/// What the state alone tells, where the configuration cannot be had.
ordered_json connection_of(const connection_status& status) {
  return {{"id", status.connection},
          {"sourceId", status.connection},
          {"destinationId", status.connection},
          {"enabled", status.enabled},
          {"syncBehaviour", status.mode == sync_mode::mirror ? "mirror" : "upsert"}};
}

ordered_json connection_of(const connection_status& status, const shown_configuration& shown) {
  const auto config = ordered_json::parse(shown.json);
  auto out = connection_of(status);
  const auto mappings = mappings_of(config);
  out["schedule"] = schedule_of(config);
  out["identifiers"] = identifiers_of(config, mappings);
  out["mappings"] = mappings;
  const auto detection = config["source"].value("change_detection", ordered_json());
  if (detection.is_object()) out["cursorColumn"] = detection["cursor"];
  out["syncSettings"] = {
      {"failedKeysConfig", {{"enableFailedKeysRetry", config.value("retry_rejected", true)}}},
      {"syncLogsConfig", {{"enabled", config.value("row_log", false)}}}};
  return out;
}

/// A page of the list, which asks for one configuration after the other.
struct listing {
  std::vector<connection_status> left;  ///< the next one last
  ordered_json done = ordered_json::array();
  ordered_json paging;

  [[nodiscard]] web::response response() const {
    return json_response({{"data", done}, {"paging", paging}});
  }
  [[nodiscard]] std::optional<question> next(const asked& a) const {
    if (left.empty()) return std::nullopt;
    const auto& status = left.back();
    auto out = question_of<shown_configuration>(
        a, command::configuration{status.connection},
        [list = *this](const shown_configuration& shown) {
          return list.with(connection_of(list.left.back(), shown)).response();
        });
    // A connection of a node that is out of reach is listed all the same.
    out.refuse = [list = *this](const error&) {
      return list.with(connection_of(list.left.back())).response();
    };
    out.after_answer = [list = *this, r = a.request,
                        who = a.who](const command::any_answer& answer) {
      return list.with(connection_of(list.left.back(), std::get<shown_configuration>(answer)))
          .next({r, who});
    };
    out.after_error = [list = *this, r = a.request, who = a.who](const error&) {
      return list.with(connection_of(list.left.back())).next({r, who});
    };
    return out;
  }

 private:
  [[nodiscard]] listing with(ordered_json connection) const {
    auto out = *this;
    out.done.push_back(std::move(connection));
    out.left.pop_back();
    return out;
  }
};

struct list_filter {
  std::string source;
  std::string destination;
  bool has_external_id = false;  ///< which no connection has
  std::uint32_t page = 1;
  std::uint32_t size = default_limit;

  [[nodiscard]] bool takes(const connection_status& c) const {
    return !has_external_id && (source.empty() || source == c.connection) &&
           (destination.empty() || destination == c.connection);
  }
};

listing page_of(const std::vector<connection_status>& all, const list_filter& f,
                const std::string& path) {
  std::vector<connection_status> taken;
  std::ranges::copy_if(all, std::back_inserter(taken), [&](const auto& c) { return f.takes(c); });
  std::ranges::sort(taken, {}, &connection_status::connection);
  listing out;
  out.paging = {{"total", taken.size()}};
  const auto begin = std::min<std::size_t>(std::size_t{f.page - 1} * f.size, taken.size());
  const auto end = std::min<std::size_t>(begin + f.size, taken.size());
  if (end < taken.size())
    out.paging["next"] = fmt::format("{}?page={}&pageSize={}", path, f.page + 1, f.size);
  for (auto i = end; i > begin; --i) out.left.push_back(std::move(taken[i - 1]));
  return out;
}

}  // namespace

plan list_connections(const asked& a) {
  constexpr std::uint32_t last_page = 1'000'000;
  parameters query(a.request);
  list_filter filter;
  filter.source = query.text("sourceId");
  filter.destination = query.text("destinationId");
  filter.has_external_id = query.text("hasExternalId") == "true";
  filter.page = query.number("page", 1, last_page, filter.page);
  filter.size = query.number("pageSize", 1, most_per_page, filter.size);
  query.check(parameters::others::ignored);
  using statuses = std::vector<connection_status>;
  auto out = question_of<statuses>(a, command::connections{},
                                   [filter, path = a.request.path](const statuses& all) {
                                     return page_of(all, filter, path).response();
                                   });
  out.after_answer = [filter, r = a.request, who = a.who](const command::any_answer& answer) {
    return page_of(std::get<statuses>(answer), filter, r.path).next({r, who});
  };
  return out;
}

plan get_connection(const asked& a) {
  auto out = question_of<connection_status>(
      a, command::status{a.connection},
      [](const connection_status& status) { return json_response(connection_of(status)); });
  out.after_answer = [r = a.request, who = a.who](const command::any_answer& answer) {
    const auto& status = std::get<connection_status>(answer);
    return std::optional(
        question_of<shown_configuration>({r, who}, command::configuration{status.connection},
                                         [status](const shown_configuration& shown) {
                                           return json_response(connection_of(status, shown));
                                         }));
  };
  return out;
}

}  // namespace sluice::api::v2
