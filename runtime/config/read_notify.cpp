// The endpoints of alerts.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/config/alert_facts.hpp"
#include "runtime/config/read_http.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/config/section.hpp"
#include "runtime/config/sections.hpp"
#include "runtime/config/template_text.hpp"

namespace sluice::config {
namespace {

constexpr auto endpoint_example =
    R"([{"on": ["failed"], "url": "https://alerts.example.com/sluice"}])";

std::vector<alert_event> read_events(const json_value& on) {
  std::vector<alert_event> events;
  for (const auto& element : on.elements(R"(["failed", "recovered"])")) {
    using enum alert_event;
    const auto event = element.as_word<alert_event>({{to_string(failed), failed},
                                                     {to_string(rejected), rejected},
                                                     {to_string(stopped), stopped},
                                                     {to_string(recovered), recovered},
                                                     {to_string(skipped), skipped},
                                                     {to_string(succeeded), succeeded},
                                                     {to_string(late), late}});
    if (!event) continue;
    if (std::ranges::find(events, *event) != events.end())
      element.complain(element.quoted() + " is listed twice", "list every event once");
    events.push_back(*event);
  }
  std::ranges::sort(events);
  return events;
}

std::string read_secret(const json_value& secret) {
  const auto written = secret.as_written();
  if (written) secret.is_shown_as(shown_secret(*written));
  return written.value_or("");
}

std::string read_url(const json_value& url) {
  const auto written = url.as_written();
  if (!written) return "";
  url.is_shown_as(shown_url(*written, masked_settings::all));
  check_address(url, {.url = *written, .example = "https://alerts.example.com/sluice"});
  if (has_blank(*written))
    url.complain("has a blank, which an address cannot have", "write %20 for a space");
  return *written;
}

/// The format that a well-known service takes.
alert_format format_of(const std::string& url) {
  static constexpr std::array<std::pair<std::string_view, alert_format>, 9> hosts{{
      {"hooks.slack.com/", alert_format::slack},
      {"discord.com/api/webhooks/", alert_format::discord},
      {"discordapp.com/api/webhooks/", alert_format::discord},
      {".webhook.office.com/", alert_format::teams},
      {".logic.azure.com", alert_format::teams},
      {".api.powerplatform.com", alert_format::teams},
      {"events.pagerduty.com/", alert_format::pagerduty},
      {"events.eu.pagerduty.com/", alert_format::pagerduty},
      {"opsgenie.com/v2/alerts", alert_format::opsgenie},
  }};
  for (const auto& [host, format] : hosts)
    if (url.find(host) != std::string::npos) return format;
  return alert_format::json;
}

/// The usual URL of a pager that identifies its service by a key; "" for the others.
std::string usual_url(alert_format format) {
  if (format == alert_format::pagerduty) return "https://events.pagerduty.com/v2/enqueue";
  if (format == alert_format::opsgenie) return "https://api.opsgenie.com/v2/alerts";
  return "";
}

std::optional<alert_format> read_format(const json_value& format) {
  using enum alert_format;
  return format.as_word<alert_format>({{to_string(json), json},
                                       {to_string(slack), slack},
                                       {to_string(teams), teams},
                                       {to_string(discord), discord},
                                       {to_string(pagerduty), pagerduty},
                                       {to_string(opsgenie), opsgenie}});
}

/// Complains about every unknown name in the texts of a template.
void check_template(const json_value& value, const nlohmann::ordered_json& part) {
  if (part.is_structured())
    for (const auto& inner : part) check_template(value, inner);
  if (!part.is_string()) return;
  const auto parsed = parse_template(part.get<std::string>());
  if (!parsed.malformed.empty()) return value.complain(parsed.malformed, "write {{ for a brace");
  for (const auto& piece : parsed.value.pieces) {
    if (std::ranges::find(alert_facts, piece.column) == alert_facts.end())
      value.complain("\"" + piece.column + "\" is nothing that an alert knows",
                     fmt::format("it knows {}", fmt::join(alert_facts, ", ")));
    if (!piece.apply.empty())
      value.complain("functions are for the values of rows, an alert has none",
                     "write {" + piece.column + "}");
  }
}

void read_own_document(const json_value& value, notify_config& out) {
  if (!value.present()) return;
  if (out.format != alert_format::json)
    return value.complain("goes with the format \"json\" only",
                          "the others are the formats of their services: remove one of the two");
  if (!value.raw().is_object())
    return value.complain("must be an object", R"(for example {"title": "{summary}"})");
  check_template(value, value.raw());
  out.body = value.raw().dump();
}

void read_late(const json_value& late, notify_config& out) {
  if (out.wants(alert_event::late) && !late.present())
    late.complain("is missing", R"(say after how long, for example "2h")");
  constexpr std::chrono::milliseconds shortest{1'000};
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 90};
  if (const auto read = late.as_duration(shortest, longest)) out.late = *read;
  if (late.present() && !out.on.empty() && !out.wants(alert_event::late))
    late.complain("goes with \"late\" only", "add \"late\" to \"on\", or remove it");
}

void read_key(const json_value& key, notify_config& out) {
  if (out.is_pager()) {
    if (!key.present())
      key.complain("is missing", R"(say the key of the service, best as "${env:PAGER_KEY}")");
    out.key = read_secret(key);
  } else if (key.present()) {
    key.complain("goes with the formats \"pagerduty\" and \"opsgenie\" only", "remove it");
  }
}

notify_config read_endpoint(const json_value& value) {
  notify_config out;
  section endpoint(value);
  const auto on = endpoint.required("on", R"(say when, for example ["failed", "recovered"])");
  const auto url = endpoint.member("url");
  const auto secret = endpoint.member("secret");
  const auto percent = endpoint.member("rejected_percent");
  const auto format = endpoint.member("format");
  const auto key = endpoint.member("key");
  const auto document = endpoint.member("template");
  const auto late = endpoint.member("late");
  const auto repeat = endpoint.member("repeat");
  if (!endpoint) return out;

  out.directory = value.directory();
  out.on = read_events(on);
  const auto given_format = read_format(format);
  if (given_format) out.url = usual_url(*given_format);
  url.defaults_to(out.url);
  if (out.url.empty() && !url.present()) url.complain("is missing", "say where to send alerts");
  if (url.present()) out.url = read_url(url);
  out.format = given_format.value_or(format_of(out.url));
  format.defaults_to(to_string(out.format));
  out.repeat = out.format == alert_format::json;
  repeat.defaults_to(out.repeat);
  out.repeat = repeat.as_boolean().value_or(out.repeat);
  out.secret = read_secret(secret);
  read_key(key, out);
  read_own_document(document, out);
  read_late(late, out);
  if (out.wants(alert_event::rejected)) percent.defaults_to(out.rejected_percent);
  out.rejected_percent = percent.as_number(limits::rejected_percent).value_or(out.rejected_percent);
  if (percent.present() && !out.on.empty() && !out.wants(alert_event::rejected))
    percent.complain("goes with \"rejected\" only", "add \"rejected\" to \"on\", or remove it");
  return out;
}

}  // namespace

std::string_view to_string(alert_format x) {
  static constexpr std::array<std::string_view, 6> words{"json",    "slack",     "teams",
                                                         "discord", "pagerduty", "opsgenie"};
  const auto i = static_cast<std::size_t>(x);
  return i < words.size() ? words[i] : std::string_view{"unknown"};
}

std::vector<std::chrono::milliseconds> late_after(const std::vector<notify_config>& endpoints) {
  std::vector<std::chrono::milliseconds> out;
  for (const auto& endpoint : endpoints)
    if (endpoint.late.count() > 0) out.push_back(endpoint.late);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<notify_config> read_notify(const json_value& notify) {
  std::vector<notify_config> out;
  // An empty list: the connection sends no alerts, although the node has endpoints.
  if (!notify.present() || (notify.raw().is_array() && notify.raw().empty())) return out;
  for (const auto& endpoint : notify.elements(endpoint_example))
    out.push_back(read_endpoint(endpoint));
  return out;
}

}  // namespace sluice::config
