#include "tests/support/slow_road.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/support/loopback.hpp"

namespace sluice::test {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// One direction of a connection.
struct lane {
  int from;
  int to;
  std::deque<std::pair<clock::time_point, std::string>> under_way = {};
  bool closed = false;
  clock::time_point free_at = {};  ///< what comes now leaves this end no earlier

  /// Takes what has arrived at one end; of a narrow link as much as is sent within a moment, so
  /// that the sender has to wait as it would for a real one.
  void take(milliseconds delay, std::uint64_t bytes_per_second) {
    constexpr milliseconds moment{50};
    std::array<char, 64 << 10> bytes;
    while (free_at < clock::now() + moment) {
      const auto n = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (n <= 0) {
        closed = closed || n == 0 || (errno != EAGAIN && errno != EINTR);
        break;
      }
      free_at = std::max(free_at, clock::now());
      if (bytes_per_second > 0)
        free_at += std::chrono::nanoseconds(static_cast<std::uint64_t>(n) * 1'000'000'000 /
                                            bytes_per_second);
      under_way.emplace_back(free_at + delay,
                             std::string(bytes.data(), static_cast<std::size_t>(n)));
    }
  }
  /// Hands over what is due at the other end. False: the connection is over.
  bool hand_over() {
    while (!under_way.empty() && under_way.front().first <= clock::now()) {
      auto& piece = under_way.front().second;
      const auto n = ::send(to, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      piece.erase(0, static_cast<std::size_t>(n));
      if (piece.empty()) under_way.pop_front();
    }
    return !closed || !under_way.empty();
  }
};

}  // namespace

struct slow_road::passage {
  lane there;
  lane back;
  bool answer_is_cut = false;

  passage(int near, int far) : there{.from = near, .to = far}, back{.from = far, .to = near} {}
  ~passage() {
    ::close(there.from);
    ::close(there.to);
  }
  passage(const passage&) = delete;
  passage& operator=(const passage&) = delete;
};

slow_road::slow_road(std::uint16_t to_port, milliseconds delay, std::uint64_t bytes_per_second)
    : delay_(delay),
      bytes_per_second_(bytes_per_second),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  auto at = loopback(0);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "listen");
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this, to_port] { run(to_port); });
}

slow_road::~slow_road() {
  over_ = true;
  thread_.join();
  ::close(listener_);
}

void slow_road::cut_at(std::deque<std::string> bytes, cut what) {
  const std::lock_guard lock(mutex_);
  cut_at_ = std::move(bytes);
  what_ = what;
}

bool slow_road::has_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_at_.empty();
}

bool slow_road::move(passage& one) {
  const auto before = one.there.under_way.size();
  one.there.take(delay_, bytes_per_second_);
  {
    const std::lock_guard lock(mutex_);
    for (auto i = before; i < one.there.under_way.size() && !cut_at_.empty(); ++i) {
      const auto& sent = one.there.under_way[i].second;
      while (!cut_at_.empty() && sent.find(cut_at_.front()) != std::string::npos)
        cut_at_.pop_front();
      if (!cut_at_.empty()) continue;
      if (what_ == cut::request) return false;
      one.answer_is_cut = true;
    }
  }
  one.back.take(delay_, bytes_per_second_);
  if (one.answer_is_cut && !one.back.under_way.empty()) return false;
  return one.there.hand_over() && one.back.hand_over();
}

void slow_road::run(std::uint16_t to_port) {
  std::vector<std::unique_ptr<passage>> all;
  while (!over_) {
    // A millisecond is short against every delay worth a test.
    std::vector<pollfd> polled{{listener_, POLLIN, 0}};
    ::poll(polled.data(), polled.size(), 1);
    if (const int near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); near >= 0) {
      const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto at = loopback(to_port);
      auto made = std::make_unique<passage>(near, far);
      if (::connect(far, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0)
        all.push_back(std::move(made));
    }
    std::erase_if(all, [&](const auto& p) { return !move(*p); });
  }
}

}  // namespace sluice::test
