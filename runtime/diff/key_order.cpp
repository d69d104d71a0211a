#include "runtime/diff/key_order.hpp"

#include "messages/row.hpp"

namespace sluice::diff {

namespace {

/// Compares digits without sign. Canonical integers have no leading zeros, so the longer one is
/// greater; with leading zeros the order is another, but still total.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

std::strong_ordering compare_integers(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative)
    return a_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  return a_negative ? compare_digits(b.substr(1), a.substr(1)) : compare_digits(a, b);
}

std::strong_ordering compare_values(const value_view& a, const value_view& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  return a.kind == value_kind::integer ? compare_integers(a.bytes, b.bytes) : a.bytes <=> b.bytes;
}

}  // namespace

std::strong_ordering compare_keys(std::string_view a, std::string_view b) {
  row_reader left(a), right(b);
  for (;;) {
    const auto x = left.next();
    const auto y = right.next();
    if (!x || !y) return x.has_value() <=> y.has_value();
    if (const auto order = compare_values(*x, *y); order != 0) return order;
  }
}

}  // namespace sluice::diff
