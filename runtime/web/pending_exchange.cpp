#include "runtime/web/pending_exchange.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::web {

exchange_queue::exchange_queue(std::size_t most_unsent)
    : most_unsent_(most_unsent), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw failure(errc::internal, "serve HTTP", {}, os::reason(errno), {});
}

void exchange_queue::wake() const { ::eventfd_write(wake_.get(), 1); }

std::vector<std::shared_ptr<pending_exchange>> exchange_queue::take() {
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
  const std::lock_guard lock(mutex_);
  return std::exchange(stirred_, {});
}

void exchange_queue::close() {
  std::vector<std::shared_ptr<pending_exchange>>
      let_go;  // behind the lock: each has it for its end
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  let_go = std::exchange(stirred_, {});
}

// -- what other threads hold ----------------------------------------------------------------------

class pending_exchange::handle final : public exchange {
 public:
  explicit handle(std::shared_ptr<pending_exchange> of) : of_(std::move(of)) {}
  ~handle() override {
    of_->say([e = of_.get()] { e->news_.is_dropped = e->news_.is_closed = true; });
  }

  [[nodiscard]] const request& asked() const override { return of_->asked_; }

  void respond(response r) override { answer(std::move(r), false); }

  void open_stream(response head) override { answer(std::move(head), true); }

  bool write(std::string bytes) override {
    bool taken = false;
    of_->say([&, e = of_.get()] {
      auto& n = e->news_;
      if (!e->is_stream_ || e->over_ || n.is_closed || n.is_cut) return;
      n.is_cut = e->held_ + n.bytes.size() + bytes.size() > e->queue_->most_unsent_;
      taken = !n.is_cut;
      if (taken) n.bytes += bytes;
    });
    return taken;
  }

  void close_stream() override {
    of_->say([e = of_.get()] { e->news_.is_closed = true; });
  }

  void on_end(std::function<void(parting)> heard) override {
    std::optional<parting> how;
    {
      const std::lock_guard lock(of_->queue_->mutex_);
      how = of_->over_;
      if (!how) of_->heard_ = std::move(heard);
    }
    if (how) heard(*how);
  }

 private:
  void answer(response r, bool streams) {
    of_->say([&, e = of_.get()] {
      if (std::exchange(e->is_answered_, true)) return;
      e->news_.answer = std::move(r);
      e->news_.streams = e->is_stream_ = streams;
    });
  }

  const std::shared_ptr<pending_exchange> of_;
};

std::shared_ptr<exchange> pending_exchange::hand_out() {
  return std::make_shared<handle>(shared_from_this());
}

void pending_exchange::say(const std::function<void()>& change) {
  const std::lock_guard lock(queue_->mutex_);
  if (is_abandoned_ || queue_->is_closed_) return;
  change();
  if (std::exchange(is_stirred_, true)) return;
  queue_->stirred_.push_back(shared_from_this());
  queue_->wake();
}

// -- the server's thread --------------------------------------------------------------------------

pending_exchange::news pending_exchange::take() {
  const std::lock_guard lock(queue_->mutex_);
  is_stirred_ = false;
  held_ += news_.bytes.size();
  auto out = std::move(news_);
  news_ = {};
  // What was said once stays said.
  news_.is_closed = out.is_closed;
  news_.is_cut = out.is_cut;
  out.is_dropped = out.is_dropped && !std::exchange(is_answered_, true);
  return out;
}

void pending_exchange::holds(std::size_t bytes) {
  const std::lock_guard lock(queue_->mutex_);
  held_ = bytes;
}

void pending_exchange::end(parting how) {
  std::function<void(parting)> heard;
  {
    const std::lock_guard lock(queue_->mutex_);
    if (over_) return;
    over_ = how;
    heard = std::exchange(heard_, nullptr);
  }
  if (heard) heard(how);
}

void pending_exchange::abandon() {
  {
    const std::lock_guard lock(queue_->mutex_);
    is_abandoned_ = true;
    news_ = {};
  }
  end(parting::lost);
}

}  // namespace sluice::web
