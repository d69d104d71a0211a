#include "runtime/web/exchange.hpp"

#include <algorithm>

#include "messages/ascii.hpp"

namespace sluice::web {
bool field_name_less::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::string_view request::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found != headers.end() ? std::string_view{found->second} : std::string_view{};
}

}  // namespace sluice::web
