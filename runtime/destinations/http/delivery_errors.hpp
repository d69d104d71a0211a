// Errors of an API that failed as a whole. Pure.
#pragma once

#include "messages/error.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/status_class.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/http/http_answer.hpp"

namespace sluice::destinations {

/// No connection: the certificate is not trusted, or the protocol does not fit.
error no_way_to(const request_plan& plan, const http::http_answer& answer);
/// The API refuses every request. `why`: credentials or road.
error refused_for_all(const request_plan& plan, status_class why, const http::http_answer& answer);
/// There is nothing at the address of the plan, according to the API's `words`.
error no_such_address(const request_plan& plan, const std::string& words);
/// The API has failed for `give_up_after`, or asks for a longer pause than that.
error given_up(const request_plan& plan, const traffic& shared);

}  // namespace sluice::destinations
