#include "runtime/http/http_client.hpp"

#include <curl/curl.h>

#include <functional>

#include "runtime/http/transfer.hpp"

namespace sluice::http {
namespace {

transfer_settings settings_for(const config::http_config& config,
                               http_client::when_stopped requests, http_client::versions versions) {
  transfer_settings out(config);
  out.quick_exit = requests == http_client::when_stopped::break_off;
  out.http2 = versions == http_client::versions::up_to_2;
  return out;
}

}  // namespace

struct http_client::state {
  state(const config::http_config& config, when_stopped requests, versions offered)
      : settings(settings_for(config, requests, offered)) {
    if (requests == when_stopped::finish) return;
    multi.reset(curl_multi_init());
    require_curl(multi != nullptr, "it gives no handle");
  }

  http_answer perform(const std::stop_token& stop);
  /// curl_easy_perform, but that a stop ends it at once.
  CURLcode perform_until_stopped(const std::stop_token& stop);

  transfer_settings settings;
  transfer only{settings};  ///< outlives its connections, which `multi` keeps
  multi_handle multi;       ///< only where requests are broken off
};

CURLcode http_client::state::perform_until_stopped(const std::stop_token& stop) {
  auto* const transfers = multi.get();
  const auto done = [](CURLMcode code) {
    require_curl(code == CURLM_OK, curl_multi_strerror(code));
  };
  done(curl_multi_add_handle(transfers, only.handle()));
  const std::unique_ptr<CURL, std::function<void(CURL*)>> added(
      only.handle(), [&](CURL* handle) { curl_multi_remove_handle(transfers, handle); });
  const std::stop_callback wake(stop, [&] { curl_multi_wakeup(transfers); });
  while (!stop.stop_requested()) {
    int running = 0;
    done(curl_multi_perform(transfers, &running));
    int left = 0;
    const auto* const ended = curl_multi_info_read(transfers, &left);
    if (ended != nullptr && ended->msg == CURLMSG_DONE) return ended->data.result;
    // Woken up by the sockets, by curl's own time-outs and by `wake`.
    done(curl_multi_poll(transfers, nullptr, 0, 1000, nullptr));
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

http_answer http_client::state::perform(const std::stop_token& stop) {
  return only.answer(multi ? perform_until_stopped(stop) : curl_easy_perform(only.handle()));
}

http_client::http_client(const config::http_config& config, when_stopped requests, versions offered)
    : state_(std::make_unique<state>(config, requests, offered)) {}

http_client::~http_client() = default;

http_answer http_client::send(const http_request& request, const std::stop_token& stop) {
  state_->only.prepare(request, stop);
  return state_->perform(stop);
}

http_answer http_client::connect(const std::string& url, const std::stop_token& stop) {
  auto& s = *state_;
  s.only.prepare_connection(url, stop);
  auto answer = s.perform(stop);
  if (answer.failed == http_answer::failure::none) answer = s.only.listen();
  s.only.renew_handle();
  return answer;
}

}  // namespace sluice::http
