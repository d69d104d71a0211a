#include "runtime/node/end_guard.hpp"

#include <pthread.h>

#include <cstdlib>
#include <utility>

namespace sluice::node {

end_guard::end_guard(log::logger log) : log_(std::move(log)), thread_([this] { watch(); }) {}

end_guard::~end_guard() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void end_guard::end_within(std::chrono::milliseconds limit, int code, std::string what) {
  const auto at = clock::now() + limit;
  {
    const std::lock_guard lock(mutex_);
    if (last_call_ && last_call_->at <= at) return;
    last_call_ = last_call{at, code, std::move(what)};
  }
  changed_.notify_all();
}

void end_guard::leave(int code) { std::_Exit(code); }

void end_guard::watch() {
  pthread_setname_np(pthread_self(), "end-guard");
  std::unique_lock lock(mutex_);
  while (!done_) {
    if (!last_call_) {
      changed_.wait(lock);
    } else if (clock::now() < last_call_->at) {
      changed_.wait_until(lock, last_call_->at);
    } else {
      log_.error("the node ends without waiting any longer for {}", last_call_->what);
      leave(last_call_->code);
    }
  }
}

}  // namespace sluice::node
