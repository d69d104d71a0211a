#include "runtime/http/request_pool.hpp"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <utility>

#include "runtime/http/transfer.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::http {
namespace {

constexpr long most_connections = 1000;

void require_done(CURLMcode code) { require_curl(code == CURLM_OK, curl_multi_strerror(code)); }

transfer_settings pool_settings(const config::http_config& config) {
  transfer_settings out(config);
  out.http2 = true;
  return out;
}

}  // namespace

/// libcurl says which sockets it waits for, and until when; epoll tells of those that are ready.
/// Asking all sockets each time, as curl_multi_poll does, would cost more than the requests.
struct request_pool::state {
  /// A request, by the transfer that sends it.
  struct place {
    explicit place(const transfer_settings& settings) : sends(settings) {}

    transfer sends;
    std::uint64_t number = 0;
    std::shared_ptr<const http_request> request;
    bool taken = false;
  };

  explicit state(const config::http_config& config);
  ~state();

  /// What epoll watches of a socket. A connection that rests stays registered, since most are used
  /// again for the same; what it tells meanwhile is of no use.
  struct watch {
    std::uint32_t events = 0;
    bool wanted = false;
    bool connection = false;  ///< or a socket of libcurl's own, of whose end nobody hears
  };

  static int watch_socket(CURL*, curl_socket_t socket, int wants, void* self, void*);
  static void opened_socket(void* self, curl_socket_t socket);
  static int close_socket(void* self, curl_socket_t socket);
  void forget(curl_socket_t socket);
  static int set_timer(CURLM*, long milliseconds, void* self);

  place& free_place();
  void add(place& of);
  void act(curl_socket_t socket, int events);
  /// What has ended since the last call.
  void collect(std::vector<ended>& out);
  void release(place& of);
  /// Waits for sockets, the timer of libcurl, `wake`, or the time. True if it was one of the last
  /// two.
  bool wait_once(clock::time_point until);

  transfer_settings settings;
  os::unique_fd sockets;
  os::unique_fd waker;
  std::unordered_map<curl_socket_t, watch> watched;
  std::vector<std::unique_ptr<place>> places;  ///< outlive their connections, which `multi` keeps
  std::vector<place*> free;
  std::optional<clock::time_point> timer;
  multi_handle multi;  ///< calls back when it ends, too
  std::size_t under_way = 0;
  bool proven = false;  ///< there was an answer: the server takes the client's certificate
  std::stop_token never;
};

request_pool::state::state(const config::http_config& config)
    : settings(pool_settings(config)),
      sockets(os::unique_fd(::epoll_create1(EPOLL_CLOEXEC))),
      waker(os::unique_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      multi(curl_multi_init()) {
  settings.close_socket = &state::close_socket;
  settings.opened_socket = &state::opened_socket;
  settings.sockets_of = this;
  require_curl(multi != nullptr, "it gives no handle");
  require_curl(sockets.get() >= 0 && waker.get() >= 0, "there are no descriptors left");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = waker.get();
  require_curl(::epoll_ctl(sockets.get(), EPOLL_CTL_ADD, waker.get(), &event) == 0,
               "the descriptor that wakes it up cannot be watched");
  require_done(curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &state::watch_socket));
  require_done(curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this));
  require_done(curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &state::set_timer));
  require_done(curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this));
  // Otherwise it keeps four for each request under way, and closes the others when few are.
  require_done(curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, most_connections));
}

request_pool::state::~state() {
  for (const auto& each : places)
    if (each->taken) release(*each);
}

int request_pool::state::watch_socket(CURL*, curl_socket_t socket, int wants, void* self, void*) {
  auto& s = *static_cast<state*>(self);
  if (wants == CURL_POLL_REMOVE) {
    const auto found = s.watched.find(socket);
    if (found == s.watched.end()) return 0;
    found->second.wanted = false;
    if (!found->second.connection) s.forget(socket);
    return 0;
  }
  epoll_event event{};
  if ((wants & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((wants & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  event.data.fd = socket;
  auto& now = s.watched[socket];
  now.wanted = true;
  if (now.events == event.events) return 0;
  const int what = now.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  now.events = event.events;
  return ::epoll_ctl(s.sockets.get(), what, socket, &event) == 0 ? 0 : -1;
}

void request_pool::state::opened_socket(void* self, curl_socket_t socket) {
  static_cast<state*>(self)->watched[socket] = {.connection = true};
}

int request_pool::state::close_socket(void* self, curl_socket_t socket) {
  static_cast<state*>(self)->watched.erase(socket);
  return ::close(socket);
}

void request_pool::state::forget(curl_socket_t socket) {
  ::epoll_ctl(sockets.get(), EPOLL_CTL_DEL, socket, nullptr);
  watched.erase(socket);
}

int request_pool::state::set_timer(CURLM*, long milliseconds, void* self) {
  auto& s = *static_cast<state*>(self);
  s.timer.reset();
  if (milliseconds >= 0) s.timer = clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

request_pool::state::place& request_pool::state::free_place() {
  if (free.empty()) {
    places.push_back(std::make_unique<place>(settings));
    free.push_back(places.back().get());
  }
  auto& out = *free.back();
  free.pop_back();
  return out;
}

void request_pool::state::add(place& of) {
  curl_easy_setopt(of.sends.handle(), CURLOPT_PRIVATE, &of);
  require_done(curl_multi_add_handle(multi.get(), of.sends.handle()));
  of.taken = true;
  ++under_way;
}

void request_pool::state::act(curl_socket_t socket, int events) {
  int running = 0;
  require_done(curl_multi_socket_action(multi.get(), socket, events, &running));
}

void request_pool::state::release(place& of) {
  curl_multi_remove_handle(multi.get(), of.sends.handle());
  of.taken = false;
  of.request.reset();
  free.push_back(&of);
  --under_way;
}

void request_pool::state::collect(std::vector<ended>& out) {
  int left = 0;
  while (const auto* const message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    void* found = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &found);
    auto& of = *static_cast<place*>(found);
    auto answer = of.sends.answer(code);
    proven = proven || answer.status != 0;
    out.push_back({of.number, std::move(answer)});
    release(of);
  }
}

bool request_pool::state::wait_once(clock::time_point until) {
  const auto end = timer ? std::min(*timer, until) : until;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  const auto limit = static_cast<int>(std::clamp(left, left.zero(), longest).count());
  std::array<epoll_event, 64> events{};
  const auto count = ::epoll_wait(sockets.get(), events.data(), events.size(), limit);
  require_curl(count >= 0 || errno == EINTR, "its sockets cannot be waited for");
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == waker.get()) {
      std::uint64_t times = 0;
      static_cast<void>(::read(waker.get(), &times, sizeof times));
      woken = true;
      continue;
    }
    const auto found = watched.find(event.data.fd);
    if (found == watched.end()) continue;
    if (!found->second.wanted) {
      forget(event.data.fd);
      continue;
    }
    int what = 0;
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
    act(event.data.fd, what);
  }
  const auto now = clock::now();
  if (timer && *timer <= now) {
    timer.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  return woken || now >= until;
}

request_pool::request_pool(const config::http_config& config)
    : state_(std::make_unique<state>(config)) {}

request_pool::~request_pool() = default;

void request_pool::begin(std::uint64_t number, std::shared_ptr<const http_request> request) {
  auto& s = *state_;
  auto& of = s.free_place();
  of.number = number;
  of.request = std::move(request);
  of.sends.prepare(*of.request, s.never, s.proven);
  s.add(of);
}

std::vector<request_pool::ended> request_pool::wait(clock::time_point until) {
  std::vector<ended> out;
  for (bool over = false; !over && out.empty();) {
    over = state_->wait_once(until);
    state_->collect(out);
  }
  return out;
}

void request_pool::wake() noexcept {
  constexpr std::uint64_t one = 1;
  static_cast<void>(::write(state_->waker.get(), &one, sizeof one));
}

std::vector<request_pool::ended> request_pool::cancel_unsent() {
  std::vector<ended> out;
  for (const auto& each : state_->places) {
    if (!each->taken || each->sends.is_sent()) continue;
    out.push_back({each->number, transfer::cancelled("stopped before it was sent")});
    state_->release(*each);
  }
  return out;
}

void request_pool::break_off() {
  for (const auto& each : state_->places)
    if (each->taken) state_->release(*each);
}

std::size_t request_pool::under_way() const { return state_->under_way; }

}  // namespace sluice::http
