#include "runtime/node/start_guard.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "messages/error.hpp"
#include "messages/thread_start.hpp"
#include "runtime/node/end_guard.hpp"

namespace sluice::node {
namespace {

/// The threads that CAF starts in its constructor, and some that follow at once.
std::size_t threads_of_a_start() { return std::max(4u, std::thread::hardware_concurrency()) + 8; }

failure denied_by_system(int number, const std::string& what) {
  return failure(
      error_from(std::make_exception_ptr(std::system_error(number, std::generic_category())),
                 "start threads", what));
}

/// Raw threads that allocate nothing: the C library would give each allocating thread an arena of
/// its own, and keep the arena.
void try_threads(std::size_t n) {
  std::atomic<bool> enough = false;
  const auto wait = [](void* end) -> void* {
    static_cast<std::atomic<bool>*>(end)->wait(false);
    return nullptr;
  };
  std::vector<pthread_t> all;
  int denied = 0;
  while (denied == 0 && all.size() < n) {
    pthread_t one{};
    denied = pthread_create(&one, nullptr, wait, &enough);
    if (denied == 0) all.push_back(one);
  }
  enough = true;
  enough.notify_all();
  for (const auto one : all) pthread_join(one, nullptr);
  if (denied != 0)
    throw denied_by_system(denied, std::to_string(n) + " at a time, " + std::to_string(all.size()) +
                                       " were to be had");
}

[[noreturn]] void say_why() {
  const auto thrown = std::current_exception();
  const auto why = thrown ? error_from(thrown, "start node", "").text() : "start node: aborted";
  std::cerr << "sluice: " << why << std::endl;
  end_guard::leave(1);
}

}  // namespace

start_guard::start_guard() : before_(std::set_terminate(say_why)) {
  try {
    try_threads(threads_of_a_start());
  } catch (...) {
    std::set_terminate(before_);
    throw;
  }
}

start_guard::~start_guard() { std::set_terminate(before_); }

void start_guard::expect_all_threads() {
  if (const auto missing = actors_without_thread(); missing > 0)
    throw denied_by_system(EAGAIN, "of " + std::to_string(missing) + " actors");
}

}  // namespace sluice::node
