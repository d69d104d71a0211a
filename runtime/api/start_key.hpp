// The header `Idempotency-Key` of a start: asked for again, it starts no second run.
#pragma once

#include "messages/sync.hpp"
#include "runtime/api/asked.hpp"

namespace sluice::api {

/// The key of the caller's for this path, and a hash of what is asked for. None without the header;
/// throws `refused` (400) for one that is too long.
start_once start_key_of(const asked& a, const start_options& how);

}  // namespace sluice::api
