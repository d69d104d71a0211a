// The `jsonl` destination: one line per delta,
//   {"op":"insert","key":{"id":7},"row":{"id":7,"email":"ada@example.org"}}
// appended to a file. The row of a delete is null. With `on_delete` a delete is
//   {"op":"update","key":{"id":7},"row":{"deleted":true}}
#pragma once

#include <memory>

#include "runtime/destinations/destination.hpp"
#include "runtime/destinations/jsonl/append_file.hpp"

namespace sluice::config {
struct jsonl_config;
}

namespace sluice::destinations {

/// The file may be shared by any number of writers, connections and nodes. A batch is appended in
/// parts of some MiB, usually one. A part is on disk before its rows are `delivered`; a part that
/// does not fit on the disk leaves nothing behind. A row whose line would have more than 192 MiB is
/// rejected. `calls` is for tests.
std::unique_ptr<destination> make_jsonl_destination(const config::jsonl_config& config,
                                                    file_calls calls = file_calls::real());

}  // namespace sluice::destinations
