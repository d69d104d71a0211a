// Two people, and requests that write them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/config/config.hpp"
#include "runtime/destinations/destination.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"

namespace sluice::test {

/// People with a key and an address.
inline destinations::delivery_context people() {
  return context_of({{"id", value_kind::integer}, {"email", value_kind::text}});
}

inline batch two_people() {
  return upserts({{integer("1"), text("a@x")}, {integer("2"), text("b@x")}});
}

/// A request in this format; `body` and `item` as JSON.
inline config::http_request_config request_in(config::body_format format,
                                              const nlohmann::ordered_json& body,
                                              const nlohmann::ordered_json& item = {}) {
  config::http_request_config out;
  out.name = "upsert";
  out.method = "POST";
  out.url = "https://a.example/p";
  out.format = format;
  out.body = body.dump();
  if (!item.is_null()) out.item = item.dump();
  out.per_row = out.body.find("{{rows}}") == std::string::npos;
  return out;
}

}  // namespace sluice::test
