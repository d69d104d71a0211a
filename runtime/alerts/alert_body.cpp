#include "runtime/alerts/alert_body.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "messages/json.hpp"
#include "messages/utf8.hpp"
#include "runtime/alerts/alert_text.hpp"
#include "runtime/config/template_text.hpp"
#include "runtime/http/percent_encoding.hpp"

namespace sluice::alerts {
namespace {

using nlohmann::ordered_json;

// Limits beyond which the services cut off or refuse; in bytes, which are at least as many as
// characters.
constexpr std::size_t longest_discord = 2000;
constexpr std::size_t longest_summary_pagerduty = 1024;
constexpr std::size_t longest_message_opsgenie = 130;
constexpr std::size_t longest_description_opsgenie = 15'000;
constexpr std::size_t longest_incident = 250;
constexpr std::size_t longest_chat = 8'000;

/// The text, cut visibly.
std::string cut(const std::string& text, std::size_t bytes) {
  constexpr std::string_view sign = "…";
  if (text.size() <= bytes) return text;
  return std::string(whole_characters(text, bytes - sign.size())) += sign;
}

/// Replaces the characters that have a meaning for a service.
std::string escaped(const std::string& text, const std::map<char, std::string_view>& as) {
  std::string out;
  for (const char c : text) {
    const auto found = as.find(c);
    if (found == as.end())
      out += c;
    else
      out += found->second;
  }
  return out;
}

std::string for_slack(const std::string& text) {
  return escaped(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}});
}

/// Names with an underscore, or a message with a star, are no emphasis.
std::string for_markdown(const std::string& text) {
  return escaped(text, {{'*', "\\*"}, {'_', "\\_"}, {'`', "\\`"}, {'~', "\\~"}, {'|', "\\|"}});
}

ordered_json own_document(const alert& what, timestamp sent_at, std::uint64_t dropped) {
  std::vector<std::string> events;
  for (const auto event : what.events) events.emplace_back(to_string(event));
  return {{"id", what.id},
          {"sent_at", format_timestamp(sent_at)},
          {"events", events},
          {"connection", what.run->connection},
          {"node", what.node},
          {"dropped", dropped},
          {"run", what.run->run.empty() ? ordered_json() : to_json(*what.run)},
          {"severity", to_string(severity_of(what.events))},
          {"text", summary_of(what)},
          {"late_ms", what.late_after ? ordered_json(what.late_after->count()) : ordered_json()}};
}

/// The template with facts in the place of their names.
ordered_json filled(const ordered_json& shape, const std::map<std::string, std::string>& facts) {
  if (shape.is_string()) {
    const auto parsed = config::parse_template(shape.get<std::string>()).value;
    std::string out;
    for (const auto& piece : parsed.pieces) {
      out += piece.literal;
      if (const auto fact = facts.find(piece.column); fact != facts.end()) out += fact->second;
    }
    return out + parsed.tail;
  }
  if (!shape.is_structured()) return shape;
  auto out = shape;
  for (auto& part : out) part = filled(part, facts);
  return out;
}

ordered_json slack(const alert& what) {
  return {{"text", cut("*" + for_slack(summary_of(what)) + "*\n" + for_slack(details_of(what)),
                       longest_chat)}};
}

ordered_json teams_line(const std::string& text) {
  return {{"type", "TextBlock"}, {"text", cut(for_markdown(text), longest_chat)}, {"wrap", true}};
}

ordered_json teams(const alert& what) {
  auto headline = teams_line(summary_of(what));
  headline["weight"] = "Bolder";
  switch (severity_of(what.events)) {
    case severity::error:
      headline["color"] = "Attention";
      break;
    case severity::warning:
      headline["color"] = "Warning";
      break;
    case severity::info:
      headline["color"] = is_wrong(what.events) ? "Default" : "Good";
      break;
  }
  auto lines = ordered_json::array({std::move(headline)});
  const auto details = details_of(what);
  for (std::size_t from = 0; from < details.size();) {
    const auto end = details.find('\n', from);
    lines.push_back(teams_line(details.substr(from, end - from)));
    from = end == std::string::npos ? details.size() : end + 1;
  }
  const ordered_json card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                          {"type", "AdaptiveCard"},
                          {"version", "1.2"},
                          {"body", std::move(lines)}};
  const ordered_json attachment{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                {"contentUrl", nullptr},
                                {"content", card}};
  return {{"type", "message"}, {"attachments", ordered_json::array({attachment})}};
}

ordered_json discord(const alert& what) {
  const auto text = "**" + for_markdown(summary_of(what)) + "**\n" + for_markdown(details_of(what));
  // A message of an API must not mention anybody, whatever it says.
  return {{"content", cut(text, longest_discord)},
          {"allowed_mentions", {{"parse", ordered_json::array()}}}};
}

ordered_json pagerduty(const alert& what, timestamp sent_at, std::string_view key) {
  ordered_json out{{"routing_key", key},
                   {"event_action", is_wrong(what.events) ? "trigger" : "resolve"},
                   {"dedup_key", incident_of(what)}};
  if (is_wrong(what.events))
    out["payload"] = {{"summary", cut(summary_of(what), longest_summary_pagerduty)},
                      {"source", what.node},
                      {"severity", to_string(severity_of(what.events))},
                      {"timestamp", format_timestamp(what.run->finished_at.value_or(sent_at))},
                      {"component", what.run->connection},
                      {"class", words_of(what.events)},
                      {"custom_details", facts_of(what)}};
  return out;
}

ordered_json opsgenie(const alert& what) {
  if (!is_wrong(what.events))
    return {{"source", what.node}, {"note", cut(summary_of(what), longest_description_opsgenie)}};
  static constexpr std::array<std::string_view, 3> priorities{"P5", "P3", "P2"};
  return {{"message", cut(summary_of(what), longest_message_opsgenie)},
          {"alias", incident_of(what)},
          {"description",
           cut(summary_of(what) + "\n" + details_of(what), longest_description_opsgenie)},
          {"entity", what.run->connection},
          {"source", what.node},
          {"tags", ordered_json::array({"sluice"})},
          {"details", facts_of(what)},
          {"priority", priorities[static_cast<std::size_t>(severity_of(what.events))]}};
}

ordered_json document_of(const alert& what, timestamp sent_at, std::uint64_t dropped,
                         std::string_view key) {
  switch (what.to->format) {
    case config::alert_format::json:
      break;
    case config::alert_format::slack:
      return slack(what);
    case config::alert_format::teams:
      return teams(what);
    case config::alert_format::discord:
      return discord(what);
    case config::alert_format::pagerduty:
      return pagerduty(what, sent_at, key);
    case config::alert_format::opsgenie:
      return opsgenie(what);
  }
  if (what.to->body.empty()) return own_document(what, sent_at, dropped);
  return filled(ordered_json::parse(what.to->body), facts_of(what));
}

}  // namespace

std::string body_of(const alert& what, timestamp sent_at, std::uint64_t dropped,
                    std::string_view key) {
  // Texts of databases and APIs should be UTF-8 by now; a defect there must not prevent an alert.
  return document_of(what, sent_at, dropped, key)
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string path_of(const alert& what) {
  if (what.to->format != config::alert_format::opsgenie || is_wrong(what.events)) return "";
  std::string out = "/";
  http::append_percent_encoded(out, incident_of(what));
  return out + "/close?identifierType=alias";
}

std::string incident_of(const alert& what) {
  return std::string(whole_characters("sluice/" + what.run->connection, longest_incident));
}

}  // namespace sluice::alerts
