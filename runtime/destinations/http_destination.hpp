// The `http` destination: rows become requests to an API, and its answers become their fates.
#pragma once

#include <functional>
#include <memory>

#include "runtime/destinations/destination.hpp"

namespace sluice::config {
struct http_config;
}
namespace sluice::credentials {
class credential;
}

namespace sluice::destinations {

class lookup_cache;
class traffic;

/// Finds what requests show. Throws `failure` (invalid_config) if there is nothing of that name.
using authority_source = std::function<std::shared_ptr<credentials::credential>()>;

/// `shared` and `found` are shared by all writers of a connection; `found` may be null, for a
/// writer that is alone. `find_authority`: called at each opening if the configuration has `auth`.
std::unique_ptr<destination> make_http_destination(const config::http_config& config,
                                                   std::shared_ptr<traffic> shared,
                                                   authority_source find_authority = {},
                                                   std::shared_ptr<lookup_cache> found = nullptr);

}  // namespace sluice::destinations
