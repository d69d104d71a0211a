// Why an API failed as a whole, in words. Pure.
#pragma once

#include "messages/error.hpp"
#include "runtime/destinations/http/request_plan.hpp"
#include "runtime/destinations/http/status_class.hpp"
#include "runtime/destinations/http/traffic.hpp"
#include "runtime/http/http_answer.hpp"

namespace sluice::destinations {

/// The server cannot be trusted, or spoken to.
error no_way_to(const request_plan& plan, const http::http_answer& answer);
/// It says no to every request. `why`: credentials or road.
error refused_for_all(const request_plan& plan, status_class why, const http::http_answer& answer);
/// There is nothing at the address of the plan, as `words` say.
error no_such_address(const request_plan& plan, const std::string& words);
/// It has failed for as long as anybody waits, or wants to be left alone for longer.
error given_up(const request_plan& plan, const traffic& shared);

}  // namespace sluice::destinations
