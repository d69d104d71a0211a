#include "messages/thread_start.hpp"

#include <atomic>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/detail/private_thread.hpp>
#include <caf/scheduled_actor.hpp>
#include <system_error>
#include <thread>

#include "messages/protocol.hpp"

namespace sluice {
namespace {

std::atomic<std::uint64_t> ended_at_once{0};

}  // namespace

std::uint64_t actors_without_thread() noexcept { return ended_at_once; }

}  // namespace sluice

namespace caf::detail {

// The constructor has counted the thread as the system's and taken a reference to the actor, and
// the spawning actor holds another one until this returns.
void private_thread::start() {
  try {
    std::thread{exec, this}.detach();
  } catch (...) {
    ++sluice::ended_at_once;
    auto* const actor = self_.exchange(nullptr);  // tells `notify_self_destroyed` who deletes this
    auto why = sluice::error_from(std::current_exception(), "start thread", actor->name());
    actor->on_exit();
    actor->cleanup(sluice::to_caf(why), nullptr);
    system_.dec_detached_threads();
    intrusive_ptr_release(actor->ctrl());
  }
}

void private_thread::notify_self_destroyed() {
  if (self_ == nullptr) {
    delete this;
    return;
  }
  const std::lock_guard lock(mtx_);
  self_destroyed_ = true;
  cv_.notify_one();
}

}  // namespace caf::detail
