#include "runtime/values/decimal.hpp"

#include <algorithm>
#include <vector>

#include "runtime/values/number_text.hpp"

namespace sluice::values {
namespace {

constexpr std::int64_t most_digits = 1'000;

/// Removes zeros at both ends of the digits.
exact_number tidy(exact_number n) {
  const auto first = n.digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  const auto end = n.digits.find_last_not_of('0') + 1;
  n.exponent += static_cast<std::int64_t>(n.digits.size() - end);
  n.digits.resize(end);
  n.digits.erase(0, first);
  return n;
}

void add_one(std::string& digits) {
  for (auto d = digits.rbegin(); d != digits.rend(); ++d) {
    if (*d != '9') {
      ++*d;
      return;
    }
    *d = '0';
  }
  digits.insert(digits.begin(), '1');
}

}  // namespace

std::optional<exact_number> number_of(const value_view& value) {
  using enum value_kind;
  if (value.kind != integer && value.kind != decimal && value.kind != real && value.kind != text &&
      value.kind != json)
    return std::nullopt;
  auto out = exact_number::read(trim_blanks(value.bytes));
  if (!out) return out;
  const auto whole = static_cast<std::int64_t>(out->digits.size()) + out->exponent;
  if (whole > most_digits || out->decimal_places() > most_digits) return std::nullopt;
  return out;
}

exact_number rounded(const exact_number& n, std::int64_t places, rounding how) {
  if (n.decimal_places() <= places) return n;
  const auto cut = static_cast<std::size_t>(n.decimal_places() - places);
  auto out = n;
  out.exponent = -places;
  // A digit in front, so that there is one however much is cut.
  std::string digits(cut >= n.digits.size() ? cut - n.digits.size() + 1 : 0, '0');
  digits += n.digits;
  const auto dropped = digits.substr(digits.size() - cut);
  digits.resize(digits.size() - cut);
  const bool half =
      dropped.front() == '5' && dropped.find_first_not_of('0', 1) == std::string::npos;
  const bool up = how == rounding::down ? false
                  : half                ? how == rounding::half_up || (digits.back() - '0') % 2 == 1
                                        : dropped.front() >= '5';
  if (up) add_one(digits);
  out.digits = std::move(digits);
  return tidy(std::move(out));
}

exact_number product(const exact_number& a, const exact_number& b) {
  std::vector<unsigned> sum(a.digits.size() + b.digits.size(), 0);
  for (std::size_t i = a.digits.size(); i-- > 0;)
    for (std::size_t j = b.digits.size(); j-- > 0;)
      sum[i + j + 1] += static_cast<unsigned>((a.digits[i] - '0') * (b.digits[j] - '0'));
  for (std::size_t i = sum.size(); i-- > 1;) {
    sum[i - 1] += sum[i] / 10;
    sum[i] %= 10;
  }
  exact_number out{a.negative != b.negative, {}, a.exponent + b.exponent};
  for (const auto digit : sum) out.digits += static_cast<char>('0' + digit);
  return tidy(std::move(out));
}

std::string plain_text(const exact_number& n, std::int64_t places, std::string_view group,
                       std::string_view mark) {
  auto digits = n.digits;
  auto fraction_digits = std::max<std::int64_t>(n.decimal_places(), 0);
  if (n.exponent > 0) digits.append(static_cast<std::size_t>(n.exponent), '0');
  const auto wanted = static_cast<std::size_t>(fraction_digits) + 1;
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
  const auto whole = digits.substr(0, digits.size() - static_cast<std::size_t>(fraction_digits));
  auto fraction = digits.substr(whole.size());
  if (fraction_digits < places)
    fraction.append(static_cast<std::size_t>(places - fraction_digits), '0');
  std::string out = n.negative ? "-" : "";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) out += group;
    out += whole[i];
  }
  if (!fraction.empty()) out.append(mark).append(fraction);
  return out;
}

}  // namespace sluice::values
