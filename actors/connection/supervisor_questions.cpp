// How the supervisor answers those who ask about runs, present and past.
#include <algorithm>
#include <utility>

#include "actors/catalog/catalog_timeout.hpp"
#include "actors/common/spawn_blocking.hpp"
#include "actors/connection/row_log_reader.hpp"
#include "actors/connection/supervisor.hpp"

namespace sluice::actors {
namespace {

/// The longest that `await` keeps a caller waiting.
constexpr std::uint32_t max_await_ms = 60'000;
/// While so many wait already, as nobody who follows a run would: a caller that went away does not
/// take its place with it.
constexpr std::size_t many_waiters = 256;
constexpr std::uint32_t max_await_in_crowd_ms = 1'000;

}  // namespace

caf::result<run_record> supervisor_body::answer(const command::await& c) {
  const auto record = state_->find(c.run);
  if (!record) return ask_catalog<run_record>(find_atom_v, connection(), c.run);
  if (has_ended(record->state) && c.run != run_) return *record;
  auto answer = self_->make_response_promise<run_record>();
  const auto longest = waiters_.size() + 1 < many_waiters ? max_await_ms : max_await_in_crowd_ms;
  const auto id = ++last_waiter_;
  const auto timer =
      after(std::chrono::milliseconds{std::min(c.poll_ms, longest)}, [this, id] { end_wait(id); });
  waiters_.emplace(id, waiter{c.run, answer, timer});
  return answer;
}

void supervisor_body::end_wait(std::uint64_t id) {
  auto ended = waiters_.extract(id);
  if (!ended) return;
  auto& [run, answer, timer] = ended.mapped();
  if (const auto current = state_->find(run))
    answer.deliver(*current);
  else
    answer.deliver(to_caf({errc::cancelled, "await run", run, "its start was withdrawn", ""}));
}

template <class Reply, class... Question>
caf::result<Reply> supervisor_body::ask_catalog(const Question&... question) {
  // Not delegated: CAF registers whoever answers a remote client, and does not always let go of it
  // again. The catalog has a thread of its own, which an actor system that ends would await for
  // ever.
  auto answer = self_->make_response_promise<Reply>();
  self_->request(args_.catalog, catalog_timeout, question...)
      .then([answer](Reply& found) mutable { answer.deliver(std::move(found)); },
            [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

caf::result<run_list> supervisor_body::answer(const command::runs& c) {
  // The catalog knows a run's beginning and end; what is between is known here.
  return ask_catalog<run_list>(c, state_->present_runs());
}

caf::result<rejected_list> supervisor_body::answer(const command::rejected& c) {
  return ask_catalog<rejected_list>(c);
}

caf::result<row_log_page> supervisor_body::answer(const command::row_log& c) {
  auto answer = self_->make_response_promise<row_log_page>();
  if (const auto present = state_->find(c.which.run)) {
    read_row_log(c, *present, answer);
    return answer;
  }
  // Only a run that the catalog knows: its id is part of a path.
  self_->request(args_.catalog, catalog_timeout, find_atom_v, connection(), c.which.run)
      .then([this, c, answer](const run_record& run) { read_row_log(c, run, answer); },
            [answer](caf::error& e) mutable { answer.deliver(std::move(e)); });
  return answer;
}

void supervisor_body::read_row_log(const command::row_log& c, const run_record& run,
                                   caf::typed_response_promise<row_log_page> answer) {
  if (row_log_readers_ >= max_row_log_readers) {
    answer.deliver(to_caf({errc::exhausted, "read row log", connection(),
                           "as many pages of row logs are read as can be at a time",
                           "try again in a moment"}));
    return;
  }
  ++row_log_readers_;
  const auto reader =
      spawn_blocking(*self_, args_.services->own_threads, row_log_reader, args_.services);
  self_->request(reader, caf::infinite, c, run)
      .then(
          [this, answer](row_log_page& page) mutable {
            --row_log_readers_;
            answer.deliver(std::move(page));
          },
          [this, answer](caf::error& e) mutable {
            --row_log_readers_;
            answer.deliver(std::move(e));
          });
}

shown_configuration supervisor_body::answer(const command::configuration&) const {
  const auto& services = next_services_ ? next_services_ : args_.services;
  const auto& shown = services->config.shown;
  return {shown.file.string(), shown.json, shown.defaults};
}

}  // namespace sluice::actors
