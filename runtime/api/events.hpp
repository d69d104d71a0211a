// What has changed, as server-sent events. An event is the whole new value of what it is about, so
// that one which is lost costs nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/run.hpp"

namespace sluice::api {

/// An event as text, but for its id and the empty line at its end.
struct change {
  connection_name connection;  ///< that it is about; empty: all who watch are told
  std::string text;
  std::string without_rows;  ///< the same for those who may not see rows
};

/// A run whose end is not known: another one is the connection's current one by now. Whoever shows
/// history asks for it.
struct missed_end {
  connection_name connection;
  run_id run;
};

struct changes {
  std::vector<change> events;
  std::vector<missed_end> missed;
};

/// What differs between two states of all connections, each in the order of names.
changes changes_between(std::vector<connection_status> before, std::vector<connection_status> now);

/// The event `run`.
change event_of(const run_record& run);
/// The event `node`: of the node that answers.
change event_of(const node_status& self, const std::vector<connection_status>& connections);

/// What `resync` is: the client asks again for all that it shows.
inline constexpr std::string_view resync_text = "event: resync\ndata: null\n";
/// The beginning of a stream: how soon a client asks again that has lost it, in milliseconds.
inline constexpr std::string_view stream_head = "retry: 3000\n\n";
/// Tells proxies on the way that the stream is alive.
inline constexpr std::string_view stream_comment = ":\n\n";
/// An event, whole.
std::string event_text(std::string_view event, std::uint64_t id);

}  // namespace sluice::api
