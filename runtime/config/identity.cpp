// The identities of mappings and ledgers. Both texts are stored, so their composition must not
// change, or every connection would start over.

#include <nlohmann/json.hpp>

#include "runtime/config/destination_kind.hpp"
#include "runtime/config/odbc_place.hpp"
#include "runtime/config/text_hash.hpp"

namespace sluice::config {
namespace {

using json = nlohmann::ordered_json;

struct to_json {
  json operator()(const column_value& x) const {
    json out{{"column", x.column}, {"as", static_cast<int>(x.as)}};
    // These came later: without them the text is that of before.
    if (x.omit_null) out["omit_null"] = true;
    if (!x.otherwise.empty()) out["otherwise"] = x.otherwise;
    if (!x.apply.empty()) out["apply"] = values::to_text(x.apply);
    return out;
  }
  json operator()(const constant_value& x) const { return {{"constant", x.json}}; }
  json operator()(const template_value& x) const {
    json out{{"template", x.text}};
    if (!x.apply.empty()) out["apply"] = values::to_text(x.apply);
    return out;
  }
  json operator()(const lua_value& x) const {
    json out{{"lua", x.program}, {"as", static_cast<int>(x.as)}};
    if (x.omit_null) out["omit_null"] = true;
    if (!x.apply.empty()) out["apply"] = values::to_text(x.apply);
    return out;
  }
  json operator()(const known_value& x) const {
    json out{{"known", x.name}, {"of", x.of.text()}, {"by", x.by}, {"as", static_cast<int>(x.as)}};
    if (x.on_miss == known_value::miss::null) out["on_miss"] = "null";
    if (x.omit_null) out["omit_null"] = true;
    if (!x.apply.empty()) out["apply"] = values::to_text(x.apply);
    return out;
  }
};

/// See connection_config::ledger_identity.
std::string ledger_identity(const source_config& source, const destination_config& destination) {
  auto from = identity_of(source.odbc);
  if (source.table) from["table"] = *source.table;
  if (source.query) from["query"] = text_hash(*source.query);
  return json{{"key", source.key}, {"source", from}, {"destination", identity_of(destination)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string connection_config::mapping_identity() const {
  auto fields = json::array();
  for (const auto& field : mapping)
    fields.push_back({{"path", field.path}, {"value", std::visit(to_json{}, field.value)}});
  return text_hash(fields.dump());
}

std::string connection_config::ledger_identity() const {
  return config::ledger_identity(source, destination);
}

std::string ledger_owner::identity() const { return ledger_identity(source, destination); }

}  // namespace sluice::config
