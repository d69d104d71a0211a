// The `http` destination: rows become requests to an API, and its answers become their fates.
#pragma once

#include <memory>

#include "runtime/destinations/destination.hpp"

namespace sluice::config {
struct http_config;
}

namespace sluice::destinations {

class traffic;

/// `shared` is shared by all writers of a connection.
std::unique_ptr<destination> make_http_destination(const config::http_config& config,
                                                   std::shared_ptr<traffic> shared);

}  // namespace sluice::destinations
