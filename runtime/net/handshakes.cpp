#include "runtime/net/handshakes.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "messages/expect.hpp"
#include "runtime/net/crowd.hpp"
#include "runtime/net/tcp_socket.hpp"

namespace sluice::net {
namespace {

using namespace std::chrono_literals;

constexpr auto step_time = 2ms;

/// Whether the other end has sent a byte or hung up.
bool has_stirred(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

}  // namespace

void handshakes::begin(os::unique_fd knocking, const tls_context& as, clock::time_point now) {
  arrival a;
  a.fd = std::move(knocking);
  a.context = &as;
  a.address = remote_address(a.fd.get());
  a.neighbourhood = neighbourhood(a.fd.get());
  a.deadline = now + limits_.time;
  send_at_once(a.fd.get());
  // A client that speaks at once never waits among the silent ones.
  if (has_stirred(a.fd.get())) return hear(std::move(a));
  thin_out(silent_, limits_.silent, "said nothing, and others wait");
  silent_.push_back(std::move(a));
}

void handshakes::hear(arrival a) {
  try {
    a.channel = a.context->accept(std::move(a.fd));
  } catch (const std::exception& e) {
    return tell_.refused(a.address, e.what());
  }
  thin_out(talking_, limits_.talking, "did not introduce itself, and others wait");
  talking_.push_back(std::move(a));
}

void handshakes::thin_out(arrivals& crowd, std::size_t limit, const char* why) {
  if (crowd.size() < limit) return;
  std::vector<std::uint64_t> from;
  from.reserve(crowd.size());
  for (const auto& a : crowd) from.push_back(a.neighbourhood);
  const auto leaving = crowd.begin() + static_cast<std::ptrdiff_t>(one_too_many(from, random_));
  tell_.refused(leaving->address, why);
  crowd.erase(leaving);
}

bool handshakes::proceed(arrival& a, clock::time_point now) {
  switch (a.channel->shake_hands()) {
    case moved::would_block:
      if (now < a.deadline) return true;
      tell_.refused(a.address, "did not introduce itself in time");
      return false;
    case moved::closed:
      tell_.refused(a.address, a.channel->complaint());
      return false;
    case moved::some:
      break;
  }
  tell_.done(std::move(a.channel), a.address);
  return false;
}

void handshakes::watch(std::vector<pollfd>& polled) const {
  for (const auto& a : silent_) polled.push_back({a.fd.get(), POLLIN, 0});
  for (const auto& a : talking_)
    polled.push_back({a.channel->fd(), a.channel->events(true, true), 0});
}

void handshakes::go_on(std::span<const pollfd> polled, clock::time_point now) {
  expect(polled.size() == size(), "go on with handshakes", "an entry for each client");
  auto at = polled.begin();
  arrivals have_spoken;
  std::erase_if(silent_, [&](arrival& a) {
    if ((at++)->revents != 0) {
      have_spoken.push_back(std::move(a));
      return true;
    }
    if (now < a.deadline) return false;
    tell_.refused(a.address, "did not introduce itself in time");
    return true;
  });
  // Each step costs a signature, and served clients must not wait for a crowd of handshakes.
  const auto until = clock::now() + step_time;
  const auto count = talking_.size();
  for (std::size_t n = 0; n < count && clock::now() < until; ++n) {
    auto& a = talking_[next_talking_++ % count];
    const auto stirred = at[&a - talking_.data()].revents != 0;
    if ((stirred || now >= a.deadline) && !proceed(a, now)) a.is_over = true;
  }
  std::erase_if(talking_, [](const arrival& a) { return a.is_over; });
  for (auto& a : have_spoken) hear(std::move(a));
}

handshakes::clock::time_point handshakes::deadline() const {
  auto first = clock::time_point::max();
  for (const auto* crowd : {&silent_, &talking_})
    for (const auto& a : *crowd) first = std::min(first, a.deadline);
  return first;
}

void handshakes::clear() {
  silent_.clear();
  talking_.clear();
}

}  // namespace sluice::net
