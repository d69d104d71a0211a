// The description of the API for programs: openapi.json, as the build has put it into the program.
#pragma once

#include <string_view>

namespace sluice::api {

/// An OpenAPI 3.1 document.
[[nodiscard]] std::string_view openapi_document();

}  // namespace sluice::api
