// Sends requests with what the API wants to see.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "runtime/config/credential_config.hpp"
#include "runtime/credentials/credential.hpp"
#include "runtime/http/request_pool.hpp"

namespace sluice::destinations {

/// The connections of one writer, and the credential that it shares with others. One thread, `wake`
/// excepted.
class authorized_client {
 public:
  using shown = credentials::credential::shown;
  using ended_request = http::request_pool::ended;

  /// `authority`: null where requests are complete as they are. `base`: where the answer of its
  /// token server names the server of the API.
  authorized_client(const config::http_config& config,
                    std::shared_ptr<credentials::credential> authority)
      : pool_(config), authority_(std::move(authority)), base_(config.base_url) {}

  /// As `request_pool::begin`; the token is looked at anew for each request. Where there is none,
  /// it waits for one if nothing is under way, whose answers nobody would read meanwhile; otherwise
  /// it returns nothing, and the request was not begun. Throws `failure` as
  /// `credential::authorize` does; then nothing was sent. Returns what the request shows.
  std::optional<shown> begin(std::uint64_t number,
                             const std::shared_ptr<const http::http_request>& request,
                             const std::stop_token& stop) {
    if (!authority_) {
      pool_.begin(number, request);
      return shown{};
    }
    auto complete = std::make_shared<http::http_request>(*request);
    const auto* const base = base_ ? &*base_ : nullptr;
    auto what = authority_->authorize_at_once(*complete, base);
    if (!what && pool_.under_way() > 0) return std::nullopt;
    if (!what) what = authority_->authorize(*complete, base, stop);
    pool_.begin(number, std::move(complete));
    return what;
  }

  /// See request_pool.
  std::vector<ended_request> wait(http::request_pool::clock::time_point until) {
    return pool_.wait(until);
  }
  void wake() noexcept { pool_.wake(); }
  std::vector<ended_request> cancel_unsent() { return pool_.cancel_unsent(); }
  void break_off() { pool_.break_off(); }

  /// An answer says that it has ended. True if the request may be sent again, with something else.
  bool ended(const shown& what) { return authority_ && authority_->ended(what); }

 private:
  http::request_pool pool_;
  std::shared_ptr<credentials::credential> authority_;
  std::optional<config::base_url_config> base_;
};

}  // namespace sluice::destinations
