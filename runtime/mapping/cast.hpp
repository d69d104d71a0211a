// Casts: the `as` of a mapped field, and the text that a template shows of a value.
//
//  as      | from                 | gives
//  --------+----------------------+---------------------------------------------------------------
//  any     | NULL                 | NULL
//  string  | boolean              | text `true` or `false`
//          | binary               | text, base64
//          | everything else      | text, the value's canonical text as it is
//  number  | integer decimal real | the value as it is, NaN and infinity included
//          | boolean              | integer 1 or 0
//          | text                 | blanks around it are ignored; optional sign, digits with an
//          |                      | optional fraction and exponent. Written as JSON writes numbers:
//          |                      | no plus sign, no leading zeros, digits on both sides of a
//          |                      | point. Integer if it has neither fraction nor exponent, else
//          |                      | decimal
//          | json                 | a number as from text, true and false as from boolean,
//          |                      | null: NULL
//  boolean | boolean              | the value as it is
//          | integer decimal real | true or false if its value is 1 or 0
//          | text                 | blanks around it and case are ignored: true t yes y on 1 and
//          |                      | false f no n off 0
//          | json                 | true, false, a number as above, null: NULL
//  json    | text                 | a JSON text, embedded byte for byte
//          | everything else      | the value as it is: it has exactly one JSON form already
//
// No other value can be cast. A cast to number never rounds and never drops digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "messages/row.hpp"
#include "runtime/config/config.hpp"

namespace sluice::mapping {

using cast = config::column_value::cast;

/// The word of the configuration: `string`, `number`, `boolean` or `json`; `none` without a cast.
std::string_view to_string(cast to);

/// The value cast by the rules above, or nothing if it cannot be. The result's bytes lie in
/// `value.bytes`, in static memory or in `scratch`, which it overwrites; they are valid as long as
/// those. Allocates only where `scratch` has to grow, except that a cast of text to json allocates
/// inside the JSON parser.
std::optional<value_view> cast_value(value_view value, cast to, std::string& scratch);

/// The kind of values of a column declared as `from` after the cast, as far as it is known
/// beforehand: text may become an integer or a decimal, and is announced as decimal.
value_kind kind_after(value_kind from, cast to);

}  // namespace sluice::mapping
