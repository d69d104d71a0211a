// Whether a request of a browser was made by the console, and not by a page elsewhere that makes
// use of the browser's cookie.
#pragma once

#include <optional>

#include "runtime/api/refusal.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// A method that changes nothing.
[[nodiscard]] bool is_safe(const web::request& r);

/// Of a request that a cookie comes with: 403 unless it is safe, or its `Sec-Fetch-Site`, or else
/// its `Origin`, says that a page of this host made it; 415 for a POST whose body is not JSON,
/// which is all that a form of another page could send.
std::optional<refusal> refuse_other_origin(const web::request& r);

/// The same of a request without a cookie, which is no browser's if it has neither of the headers.
std::optional<refusal> refuse_other_origin_if_told(const web::request& r);

}  // namespace sluice::api
