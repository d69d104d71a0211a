// One page of a list: `{"items": […], "next_cursor": TEXT or null}`.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/web/exchange.hpp"

namespace sluice::api {

inline constexpr std::uint32_t default_limit = 50;
inline constexpr std::uint32_t most_per_page = 500;

/// `items`: a JSON array as text. `next_cursor`: empty on the last page. The header `Link` of the
/// next page has all other parameters of this one.
web::response page_response(const web::request& r, const std::string& items,
                            const std::string& next_cursor);

}  // namespace sluice::api
