// Requests for pages, and what is in the heads of answers.
#pragma once

#include <string>

#include "runtime/web/exchange.hpp"

namespace sluice::test {

inline web::request asking(const std::string& method, const std::string& path,
                           const web::fields& headers = {}) {
  web::request asked;
  asked.method = method;
  asked.target = asked.path = path;
  asked.headers = headers;
  return asked;
}

/// The value of a field; empty if there is none.
inline std::string field(const web::response& r, const std::string& name) {
  for (const auto& [n, value] : r.headers)
    if (n == name) return value;
  return {};
}

}  // namespace sluice::test
