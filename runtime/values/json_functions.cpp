// Functions on JSON. Parts are taken as they are written: no number is rounded.
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "runtime/json/json_text.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;
using type = parameter::type;

std::string_view without_blanks(std::string_view token) { return trim_blanks(token); }

/// A part of a document as a value; nothing where it is no JSON.
std::optional<value_view> taken(ondemand::value part, workplace& place) {
  ondemand::json_type kind{};
  if (part.type().get(kind) != SUCCESS) return std::nullopt;
  std::string_view text;
  switch (kind) {
    case ondemand::json_type::null:
      return value_view{};
    case ondemand::json_type::boolean: {
      bool is = false;
      if (part.get_bool().get(is) != SUCCESS) return std::nullopt;
      return value_view{value_kind::boolean, is ? "1" : "0"};
    }
    case ondemand::json_type::number: {
      const auto written = normalise_number(without_blanks(part.raw_json_token()), place.text);
      if (!written) return std::nullopt;
      return place.made(*written);
    }
    case ondemand::json_type::string:
      if (part.get_string().get(text) != SUCCESS) return std::nullopt;
      place.text = text;
      return place.made();
    case ondemand::json_type::array:
    case ondemand::json_type::object:
      break;
  }
  ondemand::array array;
  ondemand::object object;
  const bool is_array = kind == ondemand::json_type::array;
  const auto problem = is_array ? part.get_array().get(array) : part.get_object().get(object);
  if (problem != SUCCESS) return std::nullopt;
  if ((is_array ? array.raw_json() : object.raw_json()).get(text) != SUCCESS) return std::nullopt;
  place.text = without_blanks(text);
  return place.made(value_kind::json);
}

/// A parser with a document in it.
struct parsed {
  ondemand::parser parser;
  simdjson::padded_string text;
  ondemand::document document;
};

/// Parses the value; false if it is no JSON.
bool parse(parsed& into, const value_view& value) {
  if (value.kind != value_kind::json &&
      (value.kind != value_kind::text || !nlohmann::json::accept(value.bytes)))
    return false;
  into.text = simdjson::padded_string(value.bytes);
  return into.parser.iterate(into.text).get(into.document) == SUCCESS;
}

/// A step on a document.
template <class Take>
step on_json(Take take) {
  return [take, in = std::make_shared<parsed>()](value_view value,
                                                 workplace& place) -> std::optional<value_view> {
    if (!parse(*in, value)) return place.refuse("is no JSON");
    return take(in->document, place);
  };
}

step bind_pick(arguments& given) {
  const auto pointer = given.text(0);
  if (!pointer.starts_with('/'))
    given.complain("has the pointer '" + pointer + "'", "a JSON pointer, such as '/address/city'");
  return on_json(
      [pointer](ondemand::document& document, workplace& place) -> std::optional<value_view> {
        bool is_scalar = true;
        if (document.is_scalar().get(is_scalar) != SUCCESS) return place.refuse("is no JSON");
        if (is_scalar) return value_view{};
        ondemand::value part;
        const auto error = document.at_pointer(pointer).get(part);
        if (error == simdjson::NO_SUCH_FIELD || error == simdjson::INDEX_OUT_OF_BOUNDS ||
            error == simdjson::INCORRECT_TYPE || error == simdjson::INVALID_JSON_POINTER)
          return value_view{};
        if (error != SUCCESS) return place.refuse("is no JSON");
        const auto out = taken(part, place);
        if (!out) return place.refuse("is no JSON");
        return out;
      });
}

step bind_keys(arguments&) {
  return on_json([](ondemand::document& document, workplace& place) -> std::optional<value_view> {
    ondemand::object object;
    if (document.get_object().get(object) != SUCCESS) return place.refuse("is no JSON object");
    place.text = "[";
    for (auto member : object) {
      std::string_view key;
      if (member.unescaped_key().get(key) != SUCCESS) return place.refuse("is no JSON");
      if (place.text.size() > 1) place.text += ',';
      append_json_string(place.text, key);
    }
    place.text += ']';
    return place.made(value_kind::json);
  });
}

step bind_join(arguments& given) {
  return on_json([between = given.text(0)](ondemand::document& document,
                                           workplace& place) -> std::optional<value_view> {
    ondemand::array array;
    if (document.get_array().get(array) != SUCCESS) return place.refuse("is no JSON array");
    std::string out;
    bool first = true;
    for (auto element : array) {
      ondemand::value part;
      if (element.get(part) != SUCCESS) return place.refuse("is no JSON");
      const auto value = taken(part, place);
      if (!value) return place.refuse("is no JSON");
      if (value->kind == value_kind::json) return place.refuse("has arrays or objects inside");
      if (value->kind == value_kind::null) continue;
      if (!first) out += between;
      first = false;
      if (value->kind == value_kind::boolean)
        out += value->bytes == "1" ? "true" : "false";
      else
        out += value->bytes;
    }
    place.text = std::move(out);
    return place.made();
  });
}

}  // namespace

std::vector<function> json_functions() {
  return {
      {.name = "pick", .parameters = {{"pointer", type::text}}, .bind = bind_pick},
      {.name = "keys", .gives = [](value_kind) { return value_kind::json; }, .bind = bind_keys},
      {.name = "join", .parameters = {{"between", type::text}}, .bind = bind_join},
  };
}

}  // namespace sluice::values
