// Sends requests with what the API wants to see.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "runtime/config/credential_config.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/http/http_client.hpp"

namespace sluice::destinations {

/// The connection of one writer, and the credential that it shares with others. One thread.
class authorized_client {
 public:
  using shown = credentials::credential::shown;

  /// `authority`: null where requests are complete as they are. `base`: where the answer of its
  /// token server names the server of the API.
  authorized_client(const config::http_config& config,
                    std::shared_ptr<credentials::credential> authority)
      : client_(config), authority_(std::move(authority)), base_(config.base_url) {}

  /// As `http_client::send`, but that it waits for a token before; the token is looked at anew for
  /// each request. `what`: what the request has shown. Throws `failure` as
  /// `credential::authorize` does; then nothing was sent.
  http::http_answer send(const http::http_request& request, const std::stop_token& stop,
                         const std::function<void()>& about_to_send, shown& what) {
    if (!authority_) return client_.send(request, stop, about_to_send);
    auto complete = request;
    what = authority_->authorize(complete, base_ ? &*base_ : nullptr, stop);
    return client_.send(complete, stop, about_to_send);
  }

  /// An answer says that it has ended. True if the request may be sent again, with something else.
  bool ended(const shown& what) { return authority_ && authority_->ended(what); }

 private:
  http::http_client client_;
  std::shared_ptr<credentials::credential> authority_;
  std::optional<config::base_url_config> base_;
};

}  // namespace sluice::destinations
