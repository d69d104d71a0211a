#include "tests/support/paced_api.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <queue>
#include <string_view>
#include <system_error>
#include <thread>

#include "runtime/os/unique_fd.hpp"
#include "tests/support/http_listener.hpp"

namespace sluice::test {
namespace {

/// Bytes of the first request in `in`, with its body; 0 if it has not come whole.
std::size_t whole_request(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::size_t body = 0;
  constexpr std::string_view name = "\r\nContent-Length:";
  if (const auto found = in.substr(0, end).find(name); found != std::string_view::npos)
    body = std::stoul(std::string(in.substr(found + name.size(), 20)));
  const auto all = end + 4 + body;
  return in.size() >= all ? all : 0;
}

}  // namespace

struct paced_api::state {
  struct connection {
    os::unique_fd fd;
    std::string in;
  };
  struct work {
    clock::time_point due;
    int fd = -1;
    std::uint64_t connection = 0;
    std::uint64_t number = 0;
    bool operator<(const work& other) const { return due > other.due; }
  };

  explicit state(pace how);
  void run();
  void accept_all();
  void read(int fd);
  void take(int fd, connection& from);
  void begin(const work& on);
  void answer_due();
  void reply(int fd, std::uint64_t connection, const std::string& text);
  void close(int fd);
  void wake() const {
    constexpr std::uint64_t one = 1;
    static_cast<void>(::write(waker.get(), &one, sizeof one));
  }

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  pace how;
  counts served;
  std::vector<clock::time_point> arrivals;
  bool quits = false;
  std::uint32_t at_work = 0;

  // of its thread
  os::unique_fd listener = bind_to_port(0);
  os::unique_fd sockets{::epoll_create1(EPOLL_CLOEXEC)};
  os::unique_fd waker{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::map<int, std::pair<std::uint64_t, connection>> open;
  std::priority_queue<work> due;
  std::deque<work> queued;
  std::thread thread;
};

paced_api::state::state(pace p) : how(std::move(p)) {
  ::fcntl(listener.get(), F_SETFL, O_NONBLOCK);
  if (::listen(listener.get(), 1024) != 0)
    throw std::system_error(errno, std::generic_category(), "listen");
  for (const int fd : {listener.get(), waker.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(sockets.get(), EPOLL_CTL_ADD, fd, &event);
  }
}

void paced_api::state::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    int limit = -1;
    if (!due.empty()) {
      const auto left = due.top().due - clock::now();
      // Spinning for the last part of a millisecond keeps short latencies exact.
      limit = static_cast<int>(
          std::max<std::int64_t>(std::chrono::floor<std::chrono::milliseconds>(left).count(), 0));
    }
    const int count = ::epoll_wait(sockets.get(), events.data(), events.size(), limit);
    const std::lock_guard lock(mutex);
    if (quits) return;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener.get()) {
        accept_all();
      } else if (fd != waker.get()) {
        read(fd);
      } else {
        std::uint64_t times = 0;
        static_cast<void>(::read(fd, &times, sizeof times));
      }
    }
    answer_due();
  }
}

void paced_api::state::accept_all() {
  for (;;) {
    os::unique_fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd.get();
    ::epoll_ctl(sockets.get(), EPOLL_CTL_ADD, fd.get(), &event);
    const int number = fd.get();
    open.insert_or_assign(number, std::pair(++served.connections, connection{std::move(fd), {}}));
  }
}

void paced_api::state::close(int fd) { open.erase(fd); }

void paced_api::state::read(int fd) {
  const auto found = open.find(fd);
  if (found == open.end()) return;
  auto& from = found->second.second;
  std::array<char, 65536> bytes{};
  for (;;) {
    const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return close(fd);
    if (count < 0) return;
    from.in.append(bytes.data(), static_cast<std::size_t>(count));
    take(fd, from);
    if (!open.contains(fd)) return;
  }
}

void paced_api::state::take(int fd, connection& from) {
  while (open.contains(fd)) {
    const auto size = whole_request(from.in);
    if (size == 0) return;
    from.in.erase(0, size);
    const auto number = ++served.requests;
    const auto now = clock::now();
    arrivals.push_back(now);
    const auto id = open.at(fd).first;
    if (how.at_once != 0 && at_work >= how.at_once) {
      ++served.refused;
      reply(
          fd, id,
          "HTTP/1.1 " + how.refusal + "\r\n" + how.refusal_headers + "Content-Length: 2\r\n\r\n{}");
      continue;
    }
    ++at_work;
    served.most_at_once = std::max(served.most_at_once, at_work);
    changed.notify_all();
    const work next{now, fd, id, number};
    if (how.workers != 0 && due.size() >= how.workers) {
      queued.push_back(next);
    } else {
      begin(next);
    }
  }
}

void paced_api::state::begin(const work& on) {
  auto begun = on;
  begun.due = clock::now() + how.latency;
  due.push(begun);
}

void paced_api::state::answer_due() {
  while (!due.empty() && due.top().due <= clock::now()) {
    const auto done = due.top();
    due.pop();
    --at_work;
    ++served.answered;
    const auto more = how.headers ? how.headers(done.number) : std::string();
    reply(done.fd, done.connection, "HTTP/1.1 200 OK\r\n" + more + "Content-Length: 2\r\n\r\n{}");
    if (!queued.empty()) {
      begin(queued.front());
      queued.pop_front();
    }
  }
}

void paced_api::state::reply(int fd, std::uint64_t connection, const std::string& text) {
  const auto found = open.find(fd);
  if (found == open.end() || found->second.first != connection) return;  // it has gone
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    close(fd);
}

paced_api::paced_api(pace how) : state_(std::make_unique<state>(std::move(how))) {
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

paced_api::~paced_api() { die(); }

void paced_api::die() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->quits = true;
  }
  state_->wake();
  if (state_->thread.joinable()) state_->thread.join();
  state_->listener.reset();  // before: who is dropped must not come back
  state_->open.clear();
}

std::string paced_api::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_of(state_->listener)) + path;
}

void paced_api::set(pace how) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->how = std::move(how);
  }
  state_->wake();
}

paced_api::counts paced_api::served() const {
  const std::lock_guard lock(state_->mutex);
  return state_->served;
}

std::vector<paced_api::clock::time_point> paced_api::arrivals() const {
  const std::lock_guard lock(state_->mutex);
  return state_->arrivals;
}

bool paced_api::wait_for(std::uint32_t at_once, std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit, [&] { return state_->at_work >= at_once; });
}

}  // namespace sluice::test
