#include "runtime/mapping/constant.hpp"

#include <nlohmann/json.hpp>

#include "messages/error.hpp"

namespace sluice::mapping {
namespace {

constant packed(value_kind kind, std::string_view bytes) {
  constant out{kind, {}};
  append_value(out.packed, kind, bytes);
  return out;
}

}  // namespace

constant compile_constant(const std::string& connection, const std::string& role,
                          const config::constant_value& value) {
  const auto& text = value.json;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded())
    throw failure(errc::invalid_config, "compile mapping", connection,
                  role + ": the constant is not a JSON value");
  if (json.is_null()) return packed(value_kind::null, {});
  if (json.is_boolean()) return packed(value_kind::boolean, json.get<bool>() ? "1" : "0");
  if (json.is_number()) {
    const bool integer = text.find_first_of(".eE") == std::string::npos;
    return packed(integer ? value_kind::integer : value_kind::decimal, text);
  }
  if (json.is_string()) return packed(value_kind::text, json.get<std::string>());
  return packed(value_kind::json, text);
}

}  // namespace sluice::mapping
