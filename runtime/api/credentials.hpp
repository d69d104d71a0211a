// What a request shows in order to be admitted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// The token in `Authorization: Bearer TOKEN`, in any case. For RudderStack's paths also the
/// password of `Basic` with an empty user, which tools for its other APIs send. Nothing for every
/// other header, such as that of a proxy's own.
std::optional<std::string> shown_token(const web::request& r);

/// The value of the cookie of that name; the first one, should there be more.
std::optional<std::string> shown_cookie(const web::request& r, std::string_view name);

}  // namespace sluice::api
