// Shows what a destination would send, without sending it: for previews.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "runtime/destinations/destination.hpp"

namespace sluice::destinations {

/// One delta as a destination would get it.
struct rendering {
  std::string text;          ///< with secrets masked and references as they are written
  std::string refused = {};  ///< why nothing would be sent and the row be rejected; else empty
  bool whole = true;         ///< false: `text` is a beginning
};

/// Renders the delta at a position of a batch, by itself, with the code that delivers it. One
/// thread.
using renderer = std::function<rendering(const batch&, std::size_t)>;

/// Longer texts are cut, with a note that says so.
inline constexpr std::size_t longest_rendering = 64u << 10;  ///< bytes
/// For longer texts the note does not name the length.
inline constexpr std::size_t longest_rendered = 1u << 20;  ///< bytes

/// For the configured destination, which is not opened. Throws `failure` (invalid_config) if the
/// rows of `run` do not fit the configuration.
///
///   jsonl  the line
///   odbc   `upsert into public.customers: {"id":1}`: columns and values
///   http   the request, in the order of HTTP: method and address, headers, body; in front of it
///          the look-up that it needs, whose values are not known: they are shown by their names
renderer make_renderer(const config::destination_config& config, const delivery_context& run);

}  // namespace sluice::destinations
