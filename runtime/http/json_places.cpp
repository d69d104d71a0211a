#include "runtime/http/json_places.hpp"

#include <algorithm>
#include <utility>

namespace sluice::http {

using nlohmann::json;

const json* value_at(const json& document, const std::string& pointer) {
  const json::json_pointer at(pointer);
  return document.contains(at) ? &document[at] : nullptr;
}

std::vector<const json*> places(const json& document, const std::string& pointer) {
  std::vector<const json*> here{&document};
  for (std::size_t begin = 0; begin < pointer.size();) {
    const auto end = std::min(pointer.find('/', begin + 1), pointer.size());
    const auto step = pointer.substr(begin, end - begin);
    begin = end;
    std::vector<const json*> next;
    for (const auto* const value : here) {
      if (step == "/*") {
        if (value->is_structured())
          for (const auto& element : *value) next.push_back(&element);
      } else if (const auto* const member = value_at(*value, step)) {
        next.push_back(member);
      }
    }
    here = std::move(next);
  }
  return here;
}

bool says_something(const json& value) {
  return !value.is_null() && !(value.is_string() && value.get_ref<const std::string&>().empty()) &&
         !(value.is_structured() && value.empty());
}

std::string compared_text(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sluice::http
