#include "runtime/diff/row_identity.hpp"

#include <algorithm>

#include "runtime/mapping/uuid_text.hpp"
#include "runtime/values/number_text.hpp"

namespace sluice::diff {
namespace {

/// Whether the bytes are what `canonical_number` would write, as nearly all integer keys are.
bool is_plain_integer(const value_view& value) {
  if (value.kind != value_kind::integer || value.bytes.size() > 40) return false;
  auto digits = value.bytes;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return !digits.empty() && (digits.front() != '0' || value.bytes == "0");
}

std::string_view without_blanks_at_end(std::string_view text) {
  const auto last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Writes a date, a time, or both as a timestamp without a zone (UTC), and without zeros at the end
/// of the fraction. Other texts are unchanged.
void canonical_instant(std::string_view text, std::string& out) {
  constexpr std::size_t date = 10;  // characters of YYYY-MM-DD
  constexpr std::size_t time = 8;   // and of HH:MM:SS
  out = text;
  const bool dated = text.size() >= date && text[4] == '-' && text[7] == '-';
  const bool timed = text.size() >= time && text[2] == ':' && text[5] == ':';
  if (!dated && !timed) return;
  if (dated && text.size() == date) out += "T00:00:00";
  if (dated && text.size() > date && text[date] == ' ') out[date] = 'T';
  if (dated && out.ends_with('Z')) out.pop_back();
  if (const auto point = out.rfind('.'); point != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.size() == point + 1) out.pop_back();
  }
}

bool is_number(value_kind kind) {
  return kind == value_kind::boolean || kind == value_kind::integer ||
         kind == value_kind::decimal || kind == value_kind::real;
}

}  // namespace

std::string_view row_identity::of(std::string_view packed_key) {
  if (rule_.columns.empty()) return packed_key;
  bytes_.clear();
  row_reader values(packed_key);
  for (const auto& column : rule_.columns) append(column, values.next().value_or(value_view{}));
  return bytes_ == packed_key ? packed_key : bytes_;
}

void row_identity::append(const identity_column& column, value_view value) {
  using enum value_kind;
  if (value.kind == null || value.kind == binary) return append_value(bytes_, value);
  switch (column.form) {
    case identity_form::packed:
      return append_value(bytes_, value);
    case identity_form::typed:
      if (!is_number(value.kind)) return append_value(bytes_, text, value.bytes);
      [[fallthrough]];
    case identity_form::number:
      if (is_plain_integer(value)) return append_value(bytes_, value);
      if (values::canonical_number(values::trim_blanks(value.bytes), scratch_))
        return append_value(bytes_, integer, scratch_);
      // NaN and infinity stay texts, since they have no other spelling as numbers.
      return append_value(bytes_, is_number(value.kind) ? real : text, value.bytes);
    case identity_form::text:
    case identity_form::unpadded: {
      auto characters = value.bytes;
      if (value.kind == boolean) characters = characters == "1" ? "true" : "false";
      if (column.form == identity_form::unpadded) characters = without_blanks_at_end(characters);
      if (!column.steps.empty()) characters = texts_.apply(column.steps, characters);
      return append_value(bytes_, text, characters);
    }
    case identity_form::uuid:
      if (const auto digits = mapping::canonical_uuid(value.bytes))
        return append_value(bytes_, uuid, {digits->data(), digits->size()});
      return append_value(bytes_, text, value.bytes);
    case identity_form::instant:
      canonical_instant(value.bytes, scratch_);
      return append_value(bytes_, timestamp, scratch_);
  }
}

}  // namespace sluice::diff
