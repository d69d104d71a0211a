// Asks actors from a thread that is not an actor's, and waits for the answer.
#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include "messages/error.hpp"
#include "messages/protocol.hpp"

namespace sluice {

/// An answer that may still be on its way. Copies share it. Thread safe.
template <class Reply>
class pending_answer {
 public:
  using result = std::variant<Reply, error>;

  /// The first answer counts.
  void settle(result r) const {
    const std::lock_guard lock(cell_->mutex);
    if (cell_->value) return;
    cell_->value = std::move(r);
    cell_->arrived.notify_all();
  }
  /// Waits until the answer is there.
  [[nodiscard]] result take() const {
    std::unique_lock lock(cell_->mutex);
    cell_->arrived.wait(lock, [this] { return cell_->value.has_value(); });
    return std::move(*cell_->value);
  }
  /// The same, but nothing if `stop` is requested first.
  [[nodiscard]] std::optional<result> take(const std::stop_token& stop) const {
    std::unique_lock lock(cell_->mutex);
    if (!cell_->arrived.wait(lock, stop, [this] { return cell_->value.has_value(); }))
      return std::nullopt;
    return std::move(*cell_->value);
  }
  /// The same, but nothing after `limit`.
  [[nodiscard]] std::optional<result> take_within(std::chrono::milliseconds limit) const {
    std::unique_lock lock(cell_->mutex);
    if (!cell_->arrived.wait_for(lock, limit, [this] { return cell_->value.has_value(); }))
      return std::nullopt;
    return std::move(*cell_->value);
  }

 private:
  struct cell {
    std::mutex mutex;
    std::condition_variable_any arrived;
    std::optional<result> value;
  };
  std::shared_ptr<cell> cell_ = std::make_shared<cell>();
};

/// One sender for all requests of a thread, so that the other side sees one peer; notices when a
/// watched actor goes. One thread, which asks one thing at a time.
class courier {
 public:
  /// `when_gone`: what is answered once `watched` has gone.
  courier(caf::actor_system& system, const caf::strong_actor_ptr& watched, error when_gone);
  ~courier();
  courier(const courier&) = delete;
  courier& operator=(const courier&) = delete;

  /// Watches `another` as well from now on.
  void watch(const caf::strong_actor_ptr& another);

  /// Sends one request. `limit`: how long an answer may take; nothing: for ever, or until the
  /// watched actor goes. Errors name `operation`.
  template <class Reply, class Handle, class... Ts>
  pending_answer<Reply> ask(const Handle& to, std::optional<std::chrono::milliseconds> limit,
                            const std::string& operation, Ts... message) {
    pending_answer<Reply> answer;
    const auto wait = limit ? caf::duration{*limit} : caf::duration{caf::infinite};
    send({[=](caf::event_based_actor* self) {
            self->request(to, wait, message...)
                .then(
                    [answer](Reply& reply) { answer.settle(std::move(reply)); },
                    [answer, operation](caf::error& e) { answer.settle(to_error(e, operation)); });
          },
          [answer](const error& e) { answer.settle(e); }});
    return answer;
  }

  /// The same for a message and an answer of any content.
  pending_answer<caf::message> ask(const caf::strong_actor_ptr& to,
                                   std::optional<std::chrono::milliseconds> limit,
                                   const std::string& operation, caf::message message);

  /// What the actor is to ask, and whom to tell if the watched actor goes before an answer. Never
  /// leaves the process.
  struct errand {
    std::function<void(caf::event_based_actor*)> ask;
    std::function<void(const error&)> fail;
  };

 private:
  void send(errand e);

  caf::actor actor_;
};

}  // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::courier::errand)
