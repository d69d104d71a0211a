#include "actors/run/hung_threads.hpp"

#include <utility>

namespace sluice::actors {

error refusal_of(const std::vector<hung_thread>& hung, const std::string& operation,
                 const connection_name& connection) {
  if (hung.empty()) return {};
  std::string who;
  for (const auto& h : hung) who += (who.empty() ? "" : ", ") + h.who;
  const auto& first = hung.front();
  return {errc::hanging, operation, connection,
          who + " of run " + first.run + (hung.size() == 1 ? " hangs" : " hang") +
              " in a driver or a library since " + format_timestamp(first.since),
          "no run begins before that is over: see what the database or the driver waits for, or "
          "restart the node"};
}

void hung_threads::add(const connection_name& connection, hung_thread what,
                       std::weak_ptr<const void> alive) {
  const std::lock_guard lock(mutex_);
  threads_.emplace(connection, lost_thread{std::move(what), std::move(alive)});
}

std::vector<hung_thread> hung_threads::of(const connection_name& connection) {
  const std::lock_guard lock(mutex_);
  forget_those_back();
  std::vector<hung_thread> found;
  const auto [begin, end] = threads_.equal_range(connection);
  for (auto i = begin; i != end; ++i) found.push_back(i->second.what);
  return found;
}

std::size_t hung_threads::count() {
  const std::lock_guard lock(mutex_);
  forget_those_back();
  return threads_.size();
}

void hung_threads::forget_those_back() {
  std::erase_if(threads_, [](const auto& e) { return e.second.alive.expired(); });
}

}  // namespace sluice::actors
