#include "runtime/web/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "messages/error.hpp"
#include "runtime/net/crowd.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::web {
namespace {

using namespace std::chrono_literals;

/// How long clients wait when descriptors have run out.
constexpr auto accept_pause = 100ms;
/// How long a client has to hang up after its response.
constexpr auto farewell = 1s;
/// Responses up to this size are never refused: even one per client takes little memory.
constexpr std::size_t small_response = 4096;
constexpr std::string_view end_of_head = "\r\n\r\n";

/// A response that needs no parser, for requests that are refused before they are parsed.
std::string bare_response(std::string_view status) {
  return "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
}

bool try_again_later(ssize_t n) {
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace

listener::listener(listening_port port, const routes& paths,
                   std::function<void(const std::string&)> trouble, limits l)
    : limits_(l),
      port_(std::move(port)),
      responder_(paths),
      trouble_(std::move(trouble)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw failure(errc::internal, "serve HTTP", {}, os::reason(errno), {});
  threads_.emplace_back([this] { run(); });
  for (std::size_t i = 0; i < limits_.workers; ++i) threads_.emplace_back([this] { work(); });
}

listener::~listener() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  todo_.notify_all();
  for (auto& t : threads_) t.join();
}

// -- answering ------------------------------------------------------------------------------------

void listener::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    todo_.wait(lock, [this] { return ending_ || !requests_.empty(); });
    if (ending_) return;
    auto n = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    try {
      n.text = responder_.respond(n.text);
    } catch (const std::exception&) {  // no memory for the response
      n.text = bare_response("500 Internal Server Error");
    }
    lock.lock();
    responses_.push_back(std::move(n));
    ::eventfd_write(wake_.get(), 1);
  }
}

// -- moving bytes ---------------------------------------------------------------------------------

void listener::run() {
  std::vector<pollfd> polled;
  for (;;) {
    auto now = clock::now();
    const bool accepting = now >= accept_again_;
    polled.clear();
    polled.push_back({wake_.get(), POLLIN, 0});
    polled.push_back({accepting ? port_.fd() : -1, POLLIN, 0});
    for (const auto& [number, v] : visitors_) {
      const short events = v.progress == stage::taking ? POLLOUT : POLLIN;
      polled.push_back({v.progress == stage::answering ? -1 : v.fd.get(), events, 0});
    }
    ::poll(polled.data(), polled.size(), wait_time(now));

    now = clock::now();
    trouble_.sum_up(now);
    auto p = polled.begin() + 2;
    for (auto each = visitors_.begin(); each != visitors_.end(); ++p) {
      const auto current = each++;
      const bool late =
          current->second.progress != stage::answering && now >= current->second.deadline;
      if (late || (p->revents != 0 && !serve(*current, now))) forget(current);
    }
    if (polled[0].revents != 0) {
      eventfd_t count = 0;
      ::eventfd_read(wake_.get(), &count);
      take_responses(now);
      const std::lock_guard lock(mutex_);
      if (ending_) return;
    }
    if (polled[1].revents != 0) accept_all(now);
  }
}

int listener::wait_time(clock::time_point now) const {
  std::optional<clock::time_point> until;
  const auto by = [&](clock::time_point t) { until = until ? std::min(*until, t) : t; };
  if (accept_again_ > now) by(accept_again_);
  if (const auto due = trouble_.due(); due != clock::time_point::max()) by(due);
  for (const auto& [number, v] : visitors_)
    if (v.progress != stage::answering) by(v.deadline);
  if (!until) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*until - now);
  return static_cast<int>(std::max(wait, 0ms).count());
}

void listener::accept_all(clock::time_point now) {
  // A bounded number at a time, so that no client that is being served waits for a crowd.
  for (int i = 0; i < 64; ++i) {
    os::unique_fd fd{::accept4(port_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (fd) {
      admit(std::move(fd), now);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The client stays in the queue, and poll would report it again at once.
      accept_again_ = now + accept_pause;
      trouble_.say("accept", "cannot accept an HTTP client: " + os::reason(errno), now);
      return;
    } else if (errno == EAGAIN) {
      return;
    }
    // Any other error concerns a single client that is gone already: accept(2).
  }
}

void listener::admit(os::unique_fd fd, clock::time_point now) {
  if (visitors_.size() >= limits_.connections) {
    const auto asks = [](const visitor& v) { return v.progress == stage::asking; };
    const auto is_served = [](const visitor& v) { return v.progress != stage::answering; };
    if (!make_room(asks) && !make_room(is_served)) return;
  }
  const auto from = net::neighbourhood(fd.get());
  visitors_.try_emplace(++admitted_,
                        visitor{std::move(fd), stage::asking, now + limits_.asking, {}, 0, from});
}

template <class Filter>
bool listener::make_room(const Filter& may_go) {
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint64_t> neighbourhoods;
  for (const auto& [number, v] : visitors_) {
    if (!may_go(v)) continue;
    numbers.push_back(number);
    neighbourhoods.push_back(v.neighbourhood);
  }
  if (numbers.empty()) return false;
  forget(visitors_.find(numbers[net::one_too_many(neighbourhoods, random_)]));
  return true;
}

void listener::take_responses(clock::time_point now) {
  std::vector<note> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(responses_);
  }
  for (auto& r : ready) {
    const auto to = visitors_.find(r.visitor);
    respond(to->second, std::move(r.text), now);
    if (!tell(to->second, now)) forget(to);
  }
}

bool listener::serve(visitors::value_type& each, clock::time_point now) {
  auto& v = each.second;
  return v.progress == stage::taking ? tell(v, now) : hear(each, now);
}

bool listener::hear(visitors::value_type& from, clock::time_point now) {
  auto& [number, v] = from;
  std::array<char, 4096> bytes{};
  const auto n = ::recv(v.fd.get(), bytes.data(), bytes.size(), 0);
  if (try_again_later(n)) return true;
  if (n <= 0) return false;
  if (v.progress == stage::leaving) return true;
  const auto searched = v.text.size() - std::min(v.text.size(), end_of_head.size() - 1);
  v.text.append(bytes.data(), static_cast<std::size_t>(n));
  const auto end = v.text.find(end_of_head, searched);
  if (std::min(end, v.text.size()) > limits_.request) {
    respond(v, bare_response("431 Request Header Fields Too Large"), now);
    return tell(v, now);
  }
  if (end == std::string::npos) return true;
  v.text.resize(end + end_of_head.size());
  v.progress = stage::answering;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back({number, std::move(v.text)});
  }
  v.text.clear();
  todo_.notify_one();
  return true;
}

void listener::respond(visitor& to, std::string response, clock::time_point now) {
  const bool too_much = unsent_ > 0 && unsent_ + response.size() > limits_.unsent;
  if (too_much && response.size() > small_response)
    response = bare_response("503 Service Unavailable");
  to.progress = stage::taking;
  to.deadline = now + limits_.taking;
  to.text = std::move(response);
  unsent_ += to.text.size();
}

bool listener::tell(visitor& to, clock::time_point now) {
  while (to.sent < to.text.size()) {
    const auto n = ::send(to.fd.get(), to.text.data() + to.sent, to.text.size() - to.sent,
                          MSG_NOSIGNAL | MSG_DONTWAIT);
    if (try_again_later(n)) return true;
    if (n < 0) return false;
    to.sent += static_cast<std::size_t>(n);
  }
  // Closing at once would destroy the response if the client has sent more than was read (RFC 9112,
  // section 9.6).
  ::shutdown(to.fd.get(), SHUT_WR);
  unsent_ -= to.text.size();
  to.text = {};
  to.progress = stage::leaving;
  to.deadline = now + farewell;
  return true;
}

void listener::forget(visitors::iterator who) {
  if (who->second.progress == stage::taking) unsent_ -= who->second.text.size();
  visitors_.erase(who);
}

}  // namespace sluice::web
