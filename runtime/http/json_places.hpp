// Values inside JSON documents, by pointers. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sluice::http {

/// The value at `pointer` (RFC 6901), or null if there is none.
const nlohmann::json* value_at(const nlohmann::json& document, const std::string& pointer);

/// The values at `pointer`, whose step `*` is every element of an array and every member of an
/// object. They point into `document`.
std::vector<const nlohmann::json*> places(const nlohmann::json& document,
                                          const std::string& pointer);

/// False for null, "", [] and {}.
bool says_something(const nlohmann::json& value);

/// The text by which values are compared: a string as it is, any other value as compact JSON.
std::string compared_text(const nlohmann::json& value);

}  // namespace sluice::http
