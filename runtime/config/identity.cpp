// When is a mapping another mapping, and when is a ledger another ledger? Both texts are stored:
// what they are made of must not change, or every connection starts over.

#include <nlohmann/json.hpp>

#include "runtime/config/config.hpp"
#include "runtime/config/odbc_attributes.hpp"
#include "runtime/config/odbc_place.hpp"
#include "runtime/config/references.hpp"
#include "runtime/config/text_hash.hpp"

namespace sluice::config {
namespace {

using json = nlohmann::ordered_json;

struct to_json {
  json operator()(const column_value& x) const {
    json out{{"column", x.column}, {"as", static_cast<int>(x.as)}};
    if (x.omit_null) out["omit_null"] = true;  // came later: without it the text is that of before
    return out;
  }
  json operator()(const constant_value& x) const { return {{"constant", x.json}}; }
  json operator()(const template_value& x) const { return {{"template", x.text}}; }
};

/// Which data `connection_string` reaches: no user, no password, and none of the settings that
/// people tune.
json place(const secret_string& connection_string) {
  const auto attributes = parse_odbc(connection_string.resolve(), reference_syntax::off).all;
  auto out = json::object();
  for (const auto& [name, value] : place_of(attributes)) out[std::string(name)] = value;
  return out;
}

/// Which API `http` reaches: its server, and the address that rows are written to, without the
/// query, which people use for settings and secrets.
json place(const http_config& http) {
  const auto* request = request_for(http, operation::insert);
  if (request == nullptr) request = request_for(http, operation::update);
  const auto url = request == nullptr ? std::string() : request->url;
  const auto resolved = expand(url, http.directory);
  const auto authority = resolved.find("://");
  const auto end = authority == std::string::npos ? 0 : resolved.find_first_of("/?", authority + 3);
  auto server = resolved.substr(0, end);
  // Is refused when it is used; must not be stored before.
  if (const auto user_end = server.rfind('@'); user_end != std::string::npos)
    server.erase(authority + 3, user_end + 1 - (authority + 3));
  return {{"kind", "http"}, {"server", server}, {"url", url.substr(0, url.find('?'))}};
}

json place(const destination_config& destination) {
  if (const auto* const http = std::get_if<http_config>(&destination.kind)) return place(*http);
  if (const auto* const file = std::get_if<jsonl_config>(&destination.kind))
    return {{"kind", "jsonl"}, {"path", file->path.string()}};
  const auto& odbc = std::get<odbc_config>(destination.kind);
  auto out = place(odbc.odbc);
  out["kind"] = "odbc";
  out["table"] = odbc.table;
  return out;
}

}  // namespace

std::string connection_config::mapping_identity() const {
  auto fields = json::array();
  for (const auto& field : mapping)
    fields.push_back({{"path", field.path}, {"value", std::visit(to_json{}, field.value)}});
  return text_hash(fields.dump());
}

std::string connection_config::ledger_identity() const {
  auto from = place(source.odbc);
  if (source.table) from["table"] = *source.table;
  if (source.query) from["query"] = text_hash(*source.query);
  return json{{"key", source.key}, {"source", from}, {"destination", place(destination)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sluice::config
