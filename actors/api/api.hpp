// Answers whoever asks over HTTP: asks the front in their name, and has the answers put by
// runtime/api.
//
//   server ──exchange──► api ──question──► front ──answer──► api ──response──► exchange
//                         ├──stream──► event_hub
//                         └──preview──► previewing: ends with its client, and so does the preview
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "actors/api/event_hub.hpp"
#include "actors/api/request_log.hpp"
#include "actors/api/start_claims.hpp"
#include "actors/common/api_protocol.hpp"
#include "runtime/api/desk.hpp"
#include "runtime/log/logger.hpp"

namespace sluice::actors {

/// How many requests are held at a time, and how long.
struct api_limits {
  std::size_t questions = 256;                 ///< whose answers are there at once
  std::size_t waits = 256;                     ///< others: for the end of a run, for a preview
  std::size_t failures = 64;                   ///< sign-ins that failed and wait for that answer
  std::chrono::milliseconds patience{10'000};  ///< for the front, beyond what a command may take
  std::chrono::milliseconds failure_delay{1'000};  ///< before a failed sign-in is answered
  std::chrono::milliseconds farewell{2'000};       ///< for what is under way at the node's end
};

/// What the API actor is spawned with. Its thread calls the functions.
struct api_args {
  log::logger log;
  event_hub_args hub;  ///< but for its front
  /// What a request asks for.
  std::function<api::understood(const web::request&)> understand;
  /// How somebody signs in with the console. Throws `failure` if it is not served.
  std::function<console_code(api::caller who)> admit;
  api_limits limits = {};
};

struct api_state {
  static inline const char* name = "api";

  /// A question that is being answered.
  struct asked_question {
    std::shared_ptr<web::exchange> from;
    api::question what;
    api::caller by;
    bool waits = false;                                 ///< its answer may take a while
    std::optional<std::uint64_t> start = std::nullopt;  ///< its number, if its answer can be lost
    /// How the answer to that start is put, whatever it has led to.
    std::function<web::response(const command::any_answer&)> render_start = {};
  };
  using shared_question = std::shared_ptr<const asked_question>;
  /// The answer to a failed sign-in.
  struct late_refusal {
    std::shared_ptr<web::exchange> from;
    web::response answer;
  };

  api_state() = default;
  /// Ends the hub.
  ~api_state();
  api_state(const api_state&) = delete;
  api_state& operator=(const api_state&) = delete;

  api_actor::pointer self = nullptr;
  std::optional<api_args> args;
  event_hub_actor hub;
  std::optional<request_log> lines;
  bool ticking = false;  ///< the time to sum lines up is awaited
  api_fronts fronts;
  std::size_t questions = 0;
  std::size_t waits = 0;
  start_claims claims;
  std::map<std::uint64_t, late_refusal> failures;
  std::uint64_t last_failure = 0;
  std::optional<caf::typed_response_promise<std::uint64_t>> leaving;

  /// Begins to serve.
  void open(const api_fronts& f);
  void take(const web_request& r);
  void serve(const std::shared_ptr<web::exchange>& from);
  void answer_at_once(const std::shared_ptr<web::exchange>& to, web::response answer,
                      const api::understood& request);
  void ask(const std::shared_ptr<web::exchange>& from, api::question what, const api::caller& by);
  void put(const std::shared_ptr<asked_question>& q);
  /// Asks another question instead of telling the outcome, where `after` has one; false: it has
  /// none.
  template <class Outcome>
  bool goes_on(const shared_question& q,
               const std::function<std::optional<api::question>(const Outcome&)>& after,
               const Outcome& outcome);
  void answered(const shared_question& q, command::any_answer answer);
  void refused(const shared_question& q, const error& why);
  /// Sends the answer that was lost of an earlier start like this one, or else the refusal.
  void refused_for_a_run(const shared_question& q, const web::response& refusal,
                         const std::string& why);
  /// Tells of the exception that is being handled.
  void fail(const shared_question& q);
  /// Sends the answer, and gives the question's place free.
  void respond(const shared_question& q, web::response out);
  /// The same with a refusal; it is logged unless there is no `why`.
  void refuse(const shared_question& q, web::response out, const std::string& why);
  void free_place(const asked_question& q);
  void send_late(std::uint64_t failure);
  caf::result<console_code> admit(const std::string& who, bool operates);
  caf::result<std::uint64_t> shut_down();
  void leave_if_done();
  void leave();

  void log_change(const asked_question& q);
  /// Has what is held back of the log summed up in time.
  void tick();
};

api_actor::behavior_type api(api_actor::stateful_pointer<api_state> self, api_args args);

}  // namespace sluice::actors
