// Functions on numbers. They are exact: nothing passes through a floating-point number.
#include "runtime/values/decimal.hpp"
#include "runtime/values/function_table.hpp"
#include "runtime/values/moment_format.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

using type = parameter::type;
constexpr std::int64_t most_places = 100;

value_view number(const exact_number& n, workplace& place) {
  place.text = plain_text(n);
  return place.made(n.decimal_places() > 0 ? value_kind::decimal : value_kind::integer);
}

/// A step on the number of a value.
template <class Change>
step on_number(Change change) {
  return [change](value_view in, workplace& place) -> std::optional<value_view> {
    const auto n = number_of(in);
    if (!n) return place.refuse("is no number");
    return change(*n, place);
  };
}

step bind_round(arguments& given) {
  const auto places = given.whole(0, -most_places, most_places, 0);
  const auto how = given.word(1,
                              {{"half_up", rounding::half_up},
                               {"half_even", rounding::half_even},
                               {"down", rounding::down}},
                              rounding::half_up);
  return on_number([places, how](const exact_number& n, workplace& place) {
    return number(rounded(n, places, how), place);
  });
}

step bind_scale(arguments& given) {
  const auto factor = number_of({given[0].kind, given[0].bytes});
  if (!factor) {
    given.complain("has the factor " + given[0].bytes, "a number, such as 100 or 0.01");
    return {};
  }
  return on_number([by = *factor](const exact_number& n, workplace& place) {
    return number(product(n, by), place);
  });
}

step bind_number_format(arguments& given) {
  const auto places = given.whole(0, 0, most_places, 0);
  const auto group = given.text(1);
  const auto mark = given.text(2, ".");
  return on_number([places, group, mark](const exact_number& n, workplace& place) {
    place.text = plain_text(rounded(n, places, rounding::half_up), places, group, mark);
    return place.made();
  });
}

/// A pattern is about times, a number of digits about numbers.
step bind_format(arguments& given) {
  if (given[0].kind == value_kind::text) return bind_moment_format(given);
  if (given[0].kind == value_kind::integer) return bind_number_format(given);
  given.complain("has an argument of the wrong type",
                 "digits behind the point for numbers, such as 2; a pattern for dates, such as "
                 "'%Y-%m-%d'");
  return {};
}

value_kind number_of_kind(value_kind of) {
  return of == value_kind::integer ? value_kind::integer : value_kind::decimal;
}

}  // namespace

std::vector<function> number_functions() {
  return {
      {.name = "round",
       .parameters = {{"places", type::number, true}, {"how", type::text, true}},
       .gives = number_of_kind,
       .bind = bind_round},
      {.name = "scale",
       .parameters = {{"factor", type::number}},
       .gives = [](value_kind) { return value_kind::decimal; },
       .bind = bind_scale},
      {.name = "format",
       .parameters = {{"places or pattern", type::any},
                      {"group", type::text, true},
                      {"mark", type::text, true}},
       .bind = bind_format},
  };
}

}  // namespace sluice::values
