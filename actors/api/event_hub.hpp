// Tells whoever watches over HTTP what changes, in streams of server-sent events.
//
// While somebody watches, it asks the front for the state of all connections and of the node twice
// a second, once for all who watch, and sends what differs from the answer before. An event is a whole new value,
// so a stream that misses one is right again with the next. Nothing is asked while nobody watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/common/api_protocol.hpp"
#include "runtime/api/events.hpp"
#include "runtime/api/plan.hpp"
#include "runtime/log/logger.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::actors {

/// What an event hub is spawned with.
struct event_hub_args {
  log::logger log;
  front_actor front = {};
  /// Whether a client may go on watching: sessions end. Called by the actor's thread.
  std::function<bool(const api::caller&)> is_welcome;
  std::size_t most_streams = 64;
};

struct event_hub_state {
  static inline const char* name = "event_hub";

  struct stream {
    std::shared_ptr<web::exchange> to;
    std::shared_ptr<const api::caller> by;
    connection_name connection;
    bool missed = false;
    bool open = false;  ///< it has its head
  };

  event_hub_state() = default;
  /// Ends all streams: clients ask again when there is a node again.
  ~event_hub_state();
  event_hub_state(const event_hub_state&) = delete;
  event_hub_state& operator=(const event_hub_state&) = delete;

  event_hub_actor::pointer self = nullptr;
  std::optional<event_hub_args> args;
  std::map<std::uint64_t, stream> streams;
  std::uint64_t last_stream = 0;
  std::uint64_t last_event = 0;
  /// What whoever watches knows; nothing before the first answer since somebody does.
  std::optional<std::vector<connection_status>> known;
  std::string known_node;   ///< the event that told of the node last; empty: none did
  bool asking = false;      ///< an answer or the time to ask is awaited
  bool comforting = false;  ///< the time for a comment is awaited
  bool failing = false;     ///< the last question was not answered

  void add(const event_stream& who);
  /// A stream's client learns only then that it is watching, so that whatever it asks afterwards is
  /// not older than `known`.
  void open(stream& s);
  void ask();
  void take(std::vector<connection_status> now);
  /// The node is asked for what it says of itself.
  void ask_for_node();
  /// The question was not answered; the next one comes in its time.
  void fail(const caf::error& why, const char* operation);
  void ask_later();
  void send(const api::change& what);
  /// Runs of which only the beginning was seen: their ends are asked for.
  void ask_for_end(const api::missed_end& of);
  /// Ends the streams of those whose sessions have ended.
  void show_out();
  void comfort();
  void forget(std::uint64_t which);
};

event_hub_actor::behavior_type event_hub(event_hub_actor::stateful_pointer<event_hub_state> self,
                                         event_hub_args args);

}  // namespace sluice::actors
