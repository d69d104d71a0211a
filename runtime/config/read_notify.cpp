// The endpoints that are told what became of runs.
#include <algorithm>

#include "runtime/config/read_http.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

constexpr auto example = R"([{"on": ["failed"], "url": "https://alerts.example.com/sluice"}])";

std::vector<alert_event> read_events(const json_value& on) {
  std::vector<alert_event> events;
  for (const auto& element : on.elements(R"(["failed", "recovered"])")) {
    using enum alert_event;
    const auto event = element.as_word<alert_event>({{to_string(failed), failed},
                                                     {to_string(rejected), rejected},
                                                     {to_string(stopped), stopped},
                                                     {to_string(recovered), recovered},
                                                     {to_string(skipped), skipped}});
    if (!event) continue;
    if (std::ranges::find(events, *event) != events.end())
      element.complain(element.quoted() + " is listed twice", "list every event once");
    events.push_back(*event);
  }
  std::ranges::sort(events);
  return events;
}

std::string read_url(const json_value& url) {
  const auto written = url.as_written();
  if (!written) return "";
  check_address(url, *written, "https://alerts.example.com/sluice");
  if (has_blank(*written))
    url.complain("has a blank, which an address cannot have", "write %20 for a space");
  return *written;
}

notify_config read_endpoint(const json_value& endpoint) {
  notify_config out;
  if (!endpoint.is_object_of({"on", "url", "secret", "rejected_percent"})) return out;
  out.directory = endpoint.directory();
  out.on = read_events(endpoint.required("on", R"(say when, for example ["failed", "recovered"])"));
  out.url = read_url(endpoint.required("url", "say where to send alerts"));
  out.secret = endpoint.member("secret").as_written().value_or("");
  const auto percent = endpoint.member("rejected_percent");
  out.rejected_percent = percent.as_number(limits::rejected_percent).value_or(out.rejected_percent);
  if (percent.present() && !out.on.empty() && !out.wants(alert_event::rejected))
    percent.complain("goes with \"rejected\" only", "add \"rejected\" to \"on\", or remove it");
  return out;
}

}  // namespace

std::vector<notify_config> read_notify(const json_value& notify) {
  std::vector<notify_config> out;
  // Nobody: how a connection takes itself out of what the node says.
  if (!notify.present() || (notify.raw().is_array() && notify.raw().empty())) return out;
  for (const auto& endpoint : notify.elements(example)) out.push_back(read_endpoint(endpoint));
  return out;
}

}  // namespace sluice::config
