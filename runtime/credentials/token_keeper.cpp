#include "runtime/credentials/token_keeper.hpp"

#include <algorithm>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/config/duration.hpp"
#include "runtime/credentials/base_url.hpp"
#include "runtime/credentials/token_request.hpp"
#include "runtime/fault/fail_point.hpp"
#include "runtime/http/http_client.hpp"
#include "runtime/schedule/backoff.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::credentials {
namespace {

using std::chrono::milliseconds;

constexpr auto operation = "get token";
constexpr milliseconds backoff_base{500};
constexpr milliseconds backoff_cap = std::chrono::seconds(30);
/// Between attempts that were refused for good, while the present token can still be used.
constexpr milliseconds pause_after_refusal = std::chrono::seconds(5);

http::http_client client_for(const config::credential_config& config, bool may_break_off) {
  using when_stopped = http::http_client::when_stopped;
  return http::http_client(client_settings(config),
                           may_break_off ? when_stopped::break_off : when_stopped::finish);
}

const config::oauth2_credential* oauth2_of(const config::credential_config& config) {
  return std::get_if<config::oauth2_credential>(&config.kind);
}

}  // namespace

token_keeper::token_keeper(config::credential_config config, home where)
    : config_(std::move(config)), home_(std::move(where)) {}

token_keeper::~token_keeper() {
  asker_.request_stop();
  if (asker_.joinable()) asker_.join();
}

// -- who wants a token ----------------------------------------------------------------------------

credential::shown token_keeper::authorize(http::http_request& request,
                                          const config::base_url_config* base,
                                          const std::stop_token& stop) {
  return complete(request, base, get(stop));
}

std::optional<credential::shown> token_keeper::authorize_at_once(
    http::http_request& request, const config::base_url_config* base) {
  std::unique_lock lock(mutex_);
  const auto now = clock::now();
  const auto* const usable = state_.usable(now);
  if (usable == nullptr) return std::nullopt;  // who waits for one asks for it
  const auto token = *usable;
  if (!asking_ && state_.wants_another(now)) begin_asking();
  lock.unlock();
  return complete(request, base, token);
}

credential::shown token_keeper::complete(http::http_request& request,
                                         const config::base_url_config* base,
                                         const access_token& token) {
  if (base != nullptr) request.url.insert(0, base_url_in(token.others, *base));
  request.headers.push_back("Authorization: Bearer " + token.text);
  return {token.number};
}

access_token token_keeper::get(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto deadline = clock::now() + config_.give_up_after;
  for (const auto known = answered_;;) {
    if (stop.stop_requested()) throw failure(errc::cancelled, operation, home_.name, "stopped", {});
    const auto now = clock::now();
    const bool refused = state_.is_over() && answered_ != known;  // while this call waited
    if (!asking_ && !refused && state_.wants_another(now)) begin_asking();
    if (const auto* const token = state_.usable(now)) return *token;
    if (!asking_ && state_.is_over()) throw failure(state_.last_failure());
    if (now >= deadline || (!asking_ && state_.next_try() >= deadline)) throw failure(given_up());
    const auto until = asking_ ? deadline : std::min(deadline, state_.next_try());
    changed_.wait_until(lock, stop, until, [&, seen = answered_] { return answered_ != seen; });
  }
}

bool token_keeper::ended(const shown& what) {
  const std::lock_guard lock(mutex_);
  state_.ended(what.number);
  return true;
}

std::string token_keeper::probe(const config::base_url_config* base, const std::stop_token& stop) {
  if (config::is_kept(config_)) {
    const auto settings = resolved(*oauth2_of(config_), config_.directory);
    static_cast<void>(present(token_file(home_.folder, home_.name), settings.refresh_token));
    return {};
  }
  const auto token = get(stop);
  return base == nullptr ? std::string() : base_url_in(token.others, *base);
}

// -- the thread that asks -------------------------------------------------------------------------

void token_keeper::begin_asking() {
  asker_ = std::jthread([this](const std::stop_token& stop) { ask(stop); });
  asking_ = true;  // behind the start: there may be no thread
}

void token_keeper::ask(const std::stop_token& stop) {
  error why;
  try {
    ask_once(stop);
  } catch (...) {
    why = error_from(std::current_exception(), operation, home_.name);
  }
  const std::lock_guard lock(mutex_);
  if (why && why.code != errc::cancelled) {
    state_.failed_for_good(why, next_try_after_refusal());
    home_.log.warning("credential {}: {}", home_.name, why.text());
  }
  note_.problem = state_.last_failure();
  if (home_.notes && !home_.folder.empty()) write_note(home_.folder, home_.name, note_);
  asking_ = false;
  ++answered_;
  changed_.notify_all();
}

void token_keeper::ask_once(const std::stop_token& stop) {
  if (config::is_kept(config_)) return ask_with_kept(stop);
  const auto asked = clock::now();
  const auto now = schedule::system_now();
  const auto* const oauth2 = oauth2_of(config_);
  const auto request = oauth2 != nullptr
                           ? first_request(resolved(*oauth2, config_.directory), now)
                           : google_request(std::get<config::google_credential>(config_.kind),
                                            config_.directory, now);
  const auto answer = send(request, stop);
  if (const auto* const grant = std::get_if<token_grant>(&answer)) return granted(*grant, asked);
  refused(std::get<token_refusal>(answer));
}

void token_keeper::ask_with_kept(const std::stop_token& stop) {
  const token_file file(home_.folder, home_.name);
  const auto held = file.lock();
  if (unstored_) return store(*std::exchange(unstored_, std::nullopt), file);
  const auto settings = resolved(*oauth2_of(config_), config_.directory);
  auto kept = present(file, settings.refresh_token);
  const auto asked = clock::now();
  const auto answer = send(refresh_request(settings, kept.refresh_token), stop);
  fault::pass(fault::point::token_answered);
  if (const auto* const why = std::get_if<token_refusal>(&answer)) {
    if (why->what == token_refusal::kind::grant) {
      kept.refused = why->why;
      file.write(kept);
    }
    return refused(*why);
  }
  const auto& grant = std::get<token_grant>(answer);
  if (!grant.refresh_token.empty() && grant.refresh_token != kept.refresh_token) {
    kept.refresh_token = grant.refresh_token;
    kept.since = schedule::system_now();
    store({std::move(kept), grant, asked}, file);
  } else {
    granted(grant, asked);
  }
}

void token_keeper::store(exchange what, const token_file& file) {
  unstored_ = std::move(what);
  file.write(unstored_->next);  // throws: it is tried again before anything else
  fault::pass(fault::point::token_stored);
  const auto done = *std::exchange(unstored_, std::nullopt);
  granted(done.grant, done.asked);
}

token_answer token_keeper::send(const http::http_request& request, const std::stop_token& stop) {
  auto client = client_for(config_, !config::is_kept(config_));
  const auto answer = client.send(request, stop);
  if (answer.failed == http::http_answer::failure::cancelled)
    throw failure(errc::cancelled, operation, home_.name, "stopped", {});
  return read_token_answer(answer);
}

kept_token token_keeper::present(const token_file& file, const std::string& configured) const {
  const auto first = digest_of_first(configured);
  auto kept = file.read();
  if (kept && !configured.empty() && kept->first != first) kept.reset();  // a new one is configured
  if (!kept) {
    if (configured.empty())
      throw failure(no_token("there is no refresh token yet", authorize_hint(home_.name)));
    return {configured, home_.node, first, schedule::system_now(), {}};
  }
  if (kept->node != home_.node)
    throw failure(
        no_token("its refresh token was given to node " + kept->node +
                     ", and two nodes that use it make the token server revoke it",
                 authorize_hint(home_.name) + " on this node, with an app or a user of its own"));
  if (!kept->refused.empty()) throw failure(no_token(kept->refused, authorize_hint(home_.name)));
  return *std::move(kept);
}

// -- what came of it ------------------------------------------------------------------------------

void token_keeper::granted(const token_grant& grant, clock::time_point asked) {
  const auto* const oauth2 = oauth2_of(config_);
  std::optional<milliseconds> lives = grant.lives;
  if (!lives && oauth2 != nullptr && oauth2->expires_after.count() > 0)
    lives = oauth2->expires_after;
  const std::lock_guard lock(mutex_);
  if (state_.last_failure()) home_.log.info("credential {}: there is a token again", home_.name);
  state_.granted(grant.access_token, grant.others, lives, asked);
  note_.refreshed_at = schedule::system_now();
  note_.ends_at = lives ? std::optional(*note_.refreshed_at + *lives) : std::nullopt;
  home_.log.debug("credential {}: a new token{}", home_.name,
                  lives ? ", good for " + config::to_text(*lives) : std::string());
}

void token_keeper::refused(const token_refusal& why) {
  using kind = token_refusal::kind;
  const std::lock_guard lock(mutex_);
  const auto now = clock::now();
  switch (why.what) {
    case kind::later: {
      const double random = std::uniform_real_distribution<double>(0.5, 1.0)(random_);
      auto again =
          now + schedule::backoff(state_.failures() + 1, {backoff_base, backoff_cap}, random);
      constexpr std::chrono::seconds longest = std::chrono::days(365);
      if (why.retry_after) again = std::max(again, now + std::min(*why.retry_after, longest));
      state_.failed(no_token(why.why, "the token server is in trouble; it is tried again"), again);
      break;
    }
    case kind::grant:
      state_.failed_for_good(
          no_token(why.why, config::is_kept(config_)
                                ? authorize_hint(home_.name)
                                : "check key, issuer, subject and audience, and the clock of this "
                                  "machine"),
          next_try_after_refusal());
      break;
    case kind::client:
      state_.failed_for_good(no_token(why.why,
                                      "check client_id, client_secret (secrets end, with "
                                      "some APIs after half a year) and client_auth"),
                             next_try_after_refusal());
      break;
    case kind::for_good:
      state_.failed_for_good(no_token(why.why, "check token_url, scope, audience and parameters"),
                             next_try_after_refusal());
      break;
  }
  home_.log.warning("credential {}: {}", home_.name, state_.last_failure().text());
}

token_state::clock::time_point token_keeper::next_try_after_refusal() const {
  const auto now = clock::now();
  // Without a token the next run tries at once: a person may have mended what was wrong.
  return state_.usable(now) != nullptr ? now + pause_after_refusal : now;
}

error token_keeper::given_up() const {
  const auto patience = config::to_text(config_.give_up_after);
  auto out = state_.last_failure();
  if (!out) out = no_token("the token server does not answer", {});
  out.hint = "there was no token for " + patience +
             ", which \"give_up_after\" of the credential allows; what is left is part of the next "
             "sync";
  return out;
}

error token_keeper::no_token(std::string cause, std::string hint) const {
  return {errc::destination_failed, operation, home_.name, std::move(cause), std::move(hint)};
}

}  // namespace sluice::credentials
