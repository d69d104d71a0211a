// Functions that choose between values.
#include "runtime/values/decimal.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::values {
namespace {

using type = parameter::type;

/// Whether the value is what the argument says: a number by its value, everything else by its text.
bool same(const value_view& value, const argument& wanted, std::string& scratch) {
  const value_view other{wanted.kind, wanted.bytes};
  if (is_number(value.kind)) {
    const auto a = number_of(value);
    const auto b = number_of(other);
    if (a && b) return *a == *b;
  }
  if (text_of(value, scratch) == wanted.bytes) return true;
  return value.kind == value_kind::boolean && other.kind == value_kind::boolean &&
         value.bytes == other.bytes;
}

value_view view(const argument& a) { return {a.kind, a.bytes}; }

step bind_default(arguments& given) {
  return [instead = given[0]](value_view in, workplace&) -> std::optional<value_view> {
    return in.kind == value_kind::null ? view(instead) : in;
  };
}

std::vector<argument> all_of(const arguments& given) {
  std::vector<argument> out;
  for (std::size_t i = 0; i < given.size(); ++i) out.push_back(given[i]);
  return out;
}

step bind_null_if(arguments& given) {
  return [nothing = all_of(given), scratch = std::string()](
             value_view in, workplace&) mutable -> std::optional<value_view> {
    for (const auto& each : nothing)
      if (same(in, each, scratch)) return value_view{};
    return in;
  };
}

/// Pairs of a value and what it becomes; an odd one at the end is what all others become.
step bind_case(arguments& given) {
  if (given.size() < 2)
    given.complain("has no pair of a value and its result", "for example case('1', 'gold')");
  return [pairs = all_of(given), scratch = std::string()](
             value_view in, workplace& place) mutable -> std::optional<value_view> {
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
      if (same(in, pairs[i], scratch)) return view(pairs[i + 1]);
    if (pairs.size() % 2 == 1) return view(pairs.back());
    return place.refuse("has none of the listed values");
  };
}

value_kind kept(value_kind of) { return of; }

}  // namespace

std::vector<function> choice_functions() {
  return {
      {.name = "default",
       .parameters = {{"value", type::any}},
       .gives = kept,
       .bind = bind_default,
       .takes_null = true,
       .rescues = true},
      {.name = "null_if",
       .parameters = {{"value", type::any}},
       .repeats = true,
       .gives = kept,
       .bind = bind_null_if},
      {.name = "case",
       .parameters = {{"value", type::any}, {"result", type::any}},
       .repeats = true,
       .bind = bind_case},
  };
}

}  // namespace sluice::values
