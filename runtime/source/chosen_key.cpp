#include "runtime/source/chosen_key.hpp"

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "runtime/source/canonical.hpp"

namespace sluice::source {
namespace {

using nlohmann::json;

class key_reader {
 public:
  key_reader(odbc::product kind, const model_description& model, std::string_view text)
      : kind_(kind), model_(model), text_(text) {}

  std::string packed() const {
    const auto object = json::parse(text_, nullptr, false);
    if (!object.is_object()) refuse("it is no JSON object");
    std::string key;
    for (const auto position : model_.key) {
      const auto& column = model_.columns[position];
      const auto value = object.find(column.name);
      if (value == object.end()) refuse("column '" + column.name + "' of the key is missing");
      append(key, column, *value);
    }
    if (object.size() != model_.key.size()) refuse("it has members that are no columns of the key");
    return key;
  }

 private:
  [[noreturn]] void refuse(const std::string& cause) const {
    std::string columns;
    for (const auto position : model_.key)
      columns += (columns.empty() ? "" : ", ") + model_.columns[position].name;
    throw failure(errc::usage, "choose row", std::string(text_), cause,
                  "a key is an object of the columns " + columns);
  }

  void append(std::string& key, const column_plan& column, const json& value) const {
    if (column.kind == value_kind::binary)
      refuse("column '" + column.name + "' is binary, and JSON has no such values");
    const auto text = value.is_string() ? value.get<std::string>() : plain(column, value);
    scratch room;
    value_view canonical;
    const auto* const problem =
        kind_ == odbc::product::sqlite
            ? to_canonical_dynamic(column, {kind_of(value), text}, room, canonical)
            : to_canonical(column, text, room, canonical);
    if (problem != nullptr) refuse("the value of column '" + column.name + "' " + problem);
    append_value(key, canonical);
  }

  /// A value that is no string, as a driver would print it.
  [[nodiscard]] std::string plain(const column_plan& column, const json& value) const {
    if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
    if (!value.is_number()) refuse("the value of column '" + column.name + "' names no row");
    return value.dump();
  }

  static value_kind kind_of(const json& value) {
    if (value.is_number_float()) return value_kind::real;
    return value.is_string() ? value_kind::text : value_kind::integer;
  }

  odbc::product kind_;
  const model_description& model_;
  std::string_view text_;
};

}  // namespace

std::string packed_key(odbc::product kind, const model_description& model, std::string_view json) {
  return key_reader(kind, model, json).packed();
}

}  // namespace sluice::source
