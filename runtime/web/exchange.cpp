#include "runtime/web/exchange.hpp"

#include <algorithm>

namespace sluice::web {
namespace {

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool field_name_less::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, {}, in_lower_case, in_lower_case);
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, in_lower_case, in_lower_case);
}

std::string_view request::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found != headers.end() ? std::string_view{found->second} : std::string_view{};
}

}  // namespace sluice::web
