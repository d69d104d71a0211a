#include "actors/api/api.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "actors/api/ask_front.hpp"
#include "actors/api/client.hpp"
#include "messages/handlers.hpp"
#include "runtime/api/refusal.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::actors {
namespace {

constexpr auto operation = "answer over HTTP";

command_facts facts_of(const command::any& what) {
  return std::visit([](const auto& c) { return c.facts; }, what);
}

/// It is answered by an event, not at once.
bool may_wait(const command::any& what) { return facts_of(what).answered == answer_kind::later; }

/// A client that comes at another time is served.
web::response busy(const web::request& asked) {
  return api::to_response(
      api::refusal{.status = 503,
                   .code = "busy",
                   .detail = "the node answers as many requests as it takes at a time",
                   .hint = "ask again in a moment",
                   .headers = {{"Retry-After", "1"}}},
      asked.path);
}
error ending() {
  return {errc::shutting_down, operation, {}, "the node is ending", "ask again when it is back"};
}

std::string what_was_tried(const api_state::asked_question& q) {
  const auto& asked = q.from->asked();
  return q.what.change.empty() ? asked.method + " " + asked.path : q.what.change;
}

/// Tells `whom` when the exchange is over, unless `whom` has ended.
template <class Actor, class Tell>
void when_over(web::exchange& from, const Actor& whom, Tell tell) {
  from.on_end([weak = caf::actor_cast<caf::weak_actor_ptr>(whom), tell](web::parting how) {
    if (const auto there = caf::actor_cast<caf::strong_actor_ptr>(weak))
      tell(caf::actor_cast<Actor>(there), how == web::parting::answered);
  });
}

}  // namespace

api_state::~api_state() {
  if (hub) caf::anon_send_exit(hub, caf::exit_reason::user_shutdown);
}

void api_state::open(const api_fronts& f) {
  fronts = f;
  args->hub.front = f.operators;
  hub = self->spawn(event_hub, args->hub);
}

// -- requests -------------------------------------------------------------------------------------

void api_state::take(const web_request& r) {
  const auto& asked = r.from->asked();
  try {
    if (leaving) return r.from->respond(api::refuse(asked, ending()));
    serve(r.from);
  } catch (...) {
    const auto why = error_from(std::current_exception(), operation, asked.path);
    args->log.error("{}", why.text());
    r.from->respond(api::refuse(asked, why));
  }
}

void api_state::serve(const std::shared_ptr<web::exchange>& from) {
  auto request = args->understand(from->asked());
  if (auto* const answer = std::get_if<web::response>(&request.asks_for)) {
    auto known = std::move(*answer);
    answer_at_once(from, std::move(known), request);
  } else if (const auto* const stream = std::get_if<api::watch>(&request.asks_for)) {
    self->send(hub, event_stream{from, std::make_shared<const api::caller>(request.by),
                                 stream->connection, stream->missed});
  } else {
    ask(from, std::move(std::get<api::question>(request.asks_for)), request.by);
  }
}

void api_state::answer_at_once(const std::shared_ptr<web::exchange>& to, web::response answer,
                               const api::understood& request) {
  const auto now = self->clock().now();
  const auto& asked = to->asked();
  if (request.failed_sign_in)
    lines->failed_sign_in(asked, reason_of(answer), now);
  else if (answer.status >= 400)
    lines->refused(request.by, asked, asked.method + " " + asked.path, reason_of(answer), now);
  tick();
  if (!request.failed_sign_in) return to->respond(std::move(answer));
  if (failures.size() >= args->limits.failures) return to->respond(busy(asked));
  failures.emplace(++last_failure, late_refusal{to, std::move(answer)});
  self->delayed_send(self, args->limits.failure_delay, due_atom_v, last_failure);
}

void api_state::send_late(std::uint64_t failure) {
  auto found = failures.extract(failure);
  if (!found) return;
  auto& [to, answer] = found.mapped();
  to->respond(std::move(answer));
  leave_if_done();
}

// -- questions ------------------------------------------------------------------------------------

void api_state::ask(const std::shared_ptr<web::exchange>& from, api::question what,
                    const api::caller& by) {
  const bool later = may_wait(what.ask);
  auto& taken = later ? waits : questions;
  if (taken >= (later ? args->limits.waits : args->limits.questions))
    return from->respond(busy(from->asked()));
  ++taken;
  put(std::make_shared<asked_question>(asked_question{from, std::move(what), by, later}));
}

void api_state::put(const std::shared_ptr<asked_question>& q) {
  const auto& front = q->by.operates ? fronts.operators : fronts.observers;
  if (q->what.dies_with_client) {
    // An actor of its own asks: its end is the end of what it asked for.
    const auto asks = self->spawn(client, client_args{front, q->what.ask, args->limits.patience});
    self->request(asks, caf::infinite, next_atom_v)
        .then([this, q](const front_answer& a) { answered(q, std::move(*a.what)); },
              [this, q](const caf::error& e) { refused(q, to_error(e, operation)); });
    return when_over(*q->from, asks, [](const client_actor& who, bool) {
      caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    });
  }
  if (!q->what.claim.empty() && !q->start) {
    q->start = claims.asked(q->what.claim);
    q->render_start = q->what.render;
    when_over(*q->from, api_actor(self), [start = *q->start](const api_actor& me, bool taken) {
      caf::anon_send(me, answered_atom_v, start, taken);
    });
  }
  ask_front(
      *self, front, q->what.ask, args->limits.patience,
      [this, q](command::any_answer answer) { answered(q, std::move(answer)); },
      [this, q](const error& why) { refused(q, why); });
}

template <class Outcome>
bool api_state::goes_on(const shared_question& q,
                        const std::function<std::optional<api::question>(const Outcome&)>& after,
                        const Outcome& outcome) {
  auto next = after ? after(outcome) : std::nullopt;
  if (!next) return false;
  put(std::make_shared<asked_question>(
      asked_question{q->from, std::move(*next), q->by, q->waits, q->start, q->render_start}));
  return true;
}

void api_state::answered(const shared_question& q, command::any_answer answer) {
  try {
    if (goes_on(q, q->what.after_answer, answer)) return log_change(*q);
    auto out = q->what.render(answer);
    if (out.status == 409 && q->start) return refused_for_a_run(q, out, reason_of(out));
    respond(q, std::move(out));
    if (q->start) claims.answered(*q->start, std::move(answer), self->clock().now());
  } catch (...) {
    fail(q);
  }
}

void api_state::refused(const shared_question& q, const error& why) {
  try {
    if (goes_on(q, q->what.after_error, why)) return;
    auto out = q->what.refuse(why);
    if (why.code == errc::already_running && q->start) return refused_for_a_run(q, out, why.text());
    refuse(q, std::move(out), why.code == errc::cancelled ? "" : why.text());
    if (q->start) claims.refused(*q->start);
  } catch (...) {
    fail(q);
  }
}

void api_state::refused_for_a_run(const shared_question& q, const web::response& refusal,
                                  const std::string& why) {
  claims.refused_for_a_run(*q->start, self->clock().now(),
                           [this, q, refusal, why](const command::any_answer* lost) {
                             if (lost != nullptr)
                               respond(q, q->render_start(*lost));
                             else
                               refuse(q, refusal, why);
                           });
}

void api_state::fail(const shared_question& q) {
  const auto& asked = q->from->asked();
  const auto why = error_from(std::current_exception(), operation, asked.path);
  refuse(q, api::refuse(asked, why), why.text());
}

void api_state::respond(const shared_question& q, web::response out) {
  if (out.status >= 400) return refuse(q, out, reason_of(out));
  log_change(*q);
  q->from->respond(std::move(out));
  free_place(*q);
}

void api_state::refuse(const shared_question& q, web::response out, const std::string& why) {
  // A stop of what does not run is no refusal to RudderStack's clients.
  if (out.status >= 400 && !why.empty())
    lines->refused(q->by, q->from->asked(), what_was_tried(*q), why, self->clock().now());
  q->from->respond(std::move(out));
  free_place(*q);
}

void api_state::log_change(const asked_question& q) {
  if (!q.what.change.empty()) lines->changed(q.by, q.what.change, self->clock().now());
}

void api_state::free_place(const asked_question& q) {
  --(q.waits ? waits : questions);
  tick();
  leave_if_done();
}

caf::result<console_code> api_state::admit(const std::string& who, bool operates) {
  try {
    return args->admit({.name = who, .operates = operates});
  } catch (...) {
    return to_caf(error_from(std::current_exception(), "open console", who));
  }
}

// -- log and end ----------------------------------------------------------------------------------

void api_state::tick() {
  const auto due = lines->due();
  if (ticking || due == request_log::clock::time_point::max()) return;
  ticking = true;
  const auto now = self->clock().now();
  self->delayed_send(self, std::max(due, now) - now, tick_atom_v);
}

caf::result<std::uint64_t> api_state::shut_down() {
  if (leaving) return to_caf(ending());
  leaving = self->make_response_promise<std::uint64_t>();
  const auto answer = *leaving;
  caf::anon_send_exit(hub, caf::exit_reason::user_shutdown);
  self->delayed_send(self, args->limits.farewell, abandon_atom_v);
  leave_if_done();
  return answer;
}

void api_state::leave_if_done() {
  if (leaving && questions == 0 && waits == 0 && failures.empty()) leave();
}

void api_state::leave() {
  leaving->deliver(std::uint64_t{questions + waits + failures.size()});
  leaving.reset();
  self->quit();
}

api_actor::behavior_type api(api_actor::stateful_pointer<api_state> self, api_args args) {
  auto& state = self->state;
  state.self = self;
  state.lines.emplace(args.log);
  state.args = std::move(args);
  install_handlers(*self, operation, "");
  return {
      [self](const api_fronts& fronts) { self->state.open(fronts); },
      [self](const web_request& r) { self->state.take(r); },
      [self](answered_atom, std::uint64_t start, bool taken) {
        self->state.claims.over(start, taken, self->clock().now());
      },
      [self](const command::console& c, bool operates) {
        return self->state.admit(c.requested_by, operates);
      },
      [self](shutdown_atom) { return self->state.shut_down(); },
      [self](due_atom, std::uint64_t failure) { self->state.send_late(failure); },
      [self](tick_atom) {
        auto& s = self->state;
        s.ticking = false;
        s.lines->sum_up(self->clock().now());
        s.tick();
      },
      [self](abandon_atom) {
        if (self->state.leaving) self->state.leave();
      },
  };
}

}  // namespace sluice::actors
