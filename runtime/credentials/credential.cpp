#include "runtime/credentials/credential.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "messages/base64.hpp"
#include "messages/error.hpp"
#include "runtime/config/references.hpp"
#include "runtime/credentials/aws_signature.hpp"
#include "runtime/credentials/hmac_signature.hpp"
#include "runtime/credentials/token_keeper.hpp"
#include "runtime/http/percent_encoding.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/schedule/clock.hpp"

namespace sluice::credentials {
namespace {

using clock = std::chrono::steady_clock;

// -- resolving ------------------------------------------------------------------------------------

/// The value of a secret, which is masked from now on. Throws `failure` (invalid_config).
std::string secret(const std::string& written, const std::filesystem::path& base) {
  auto value = config::expand(written, base);
  const auto refuse = [&](const char* cause) -> failure {
    return {errc::invalid_config, "resolve credential", written.find("${") == 0 ? written : "",
            cause, "check the value of its reference"};
  };
  if (value.find_first_of("\r\n") != std::string::npos) throw refuse("it has a line break");
  log::secrets().add(value);
  return value;
}

config::bearer_credential resolved(const config::bearer_credential& of,
                                   const std::filesystem::path& base) {
  return {secret(of.token, base)};
}
config::basic_credential resolved(const config::basic_credential& of,
                                  const std::filesystem::path& base) {
  config::basic_credential out{config::expand(of.user, base), config::expand(of.password, base)};
  if (out.password.empty()) log::secrets().add(out.user);
  log::secrets().add(out.password);
  return out;
}
config::api_key_credential resolved(const config::api_key_credential& of,
                                    const std::filesystem::path& base) {
  return {of.in, of.name, secret(of.value, base)};
}
config::aws_credential resolved(const config::aws_credential& of,
                                const std::filesystem::path& base) {
  return {config::expand(of.access_key, base), secret(of.secret_key, base),
          of.session_token.empty() ? std::string() : secret(of.session_token, base),
          config::expand(of.region, base), config::expand(of.service, base)};
}
config::hmac_credential resolved(const config::hmac_credential& of,
                                 const std::filesystem::path& base) {
  auto out = of;
  out.secret = secret(of.secret, base);
  return out;
}

// -- showing --------------------------------------------------------------------------------------

void show(http::http_request& request, const config::bearer_credential& with) {
  request.headers.push_back("Authorization: Bearer " + with.token);
}
void show(http::http_request& request, const config::basic_credential& with) {
  std::string both;
  append_base64(both, with.user + ':' + with.password);
  log::secrets().add(both);
  request.headers.push_back("Authorization: Basic " + both);
}
void show(http::http_request& request, const config::api_key_credential& with) {
  if (with.in == config::api_key_credential::place::header) {
    request.headers.push_back(with.name + ": " + with.value);
    return;
  }
  request.url += request.url.find('?') == std::string::npos ? '?' : '&';
  request.url += with.name + '=' + http::percent_encoded(with.value);
}
void show(http::http_request& request, const config::aws_credential& with) {
  sign_for_aws(request, {with.access_key, with.secret_key, with.session_token},
               {with.region, with.service}, schedule::system_now());
}
void show(http::http_request& request, const config::hmac_credential& with) {
  sign_by_hmac(request, with, schedule::system_now());
}

// -- without a server -----------------------------------------------------------------------------

/// A credential that is read where it is configured: again when the API refuses it, and from time
/// to time.
template <class Kind>
class configured_credential final : public credential {
 public:
  configured_credential(Kind written, std::filesystem::path base, home where)
      : written_(std::move(written)), base_(std::move(base)), home_(std::move(where)) {}

  shown authorize(http::http_request& request, const config::base_url_config* base,
                  const std::stop_token&) override {
    if (base != nullptr) refuse_base();
    std::unique_lock lock(mutex_);
    if (!value_ || clock::now() - read_at_ > kept_for) read();
    const auto value = *value_;
    const auto number = number_;
    lock.unlock();
    show(request, value);
    return {number};
  }

  bool ended(const shown& what) override {
    const std::lock_guard lock(mutex_);
    if (what.number != number_) return true;  // it was read again meanwhile
    try {
      read();
    } catch (const failure&) {  // the refusal tells more
      return false;
    }
    return what.number != number_;
  }

  std::string probe(const config::base_url_config* base, const std::stop_token&) override {
    if (base != nullptr) refuse_base();
    const std::lock_guard lock(mutex_);
    read();
    return {};
  }

 private:
  static constexpr std::chrono::minutes kept_for{1};

  [[noreturn]] void refuse_base() const {
    throw failure(
        errc::invalid_config, "find server", home_.name,
        "no token server answers for this credential",
        "destination.base_url goes with oauth2 and google: write the server into the url");
  }
  /// REQUIRES: the lock.
  void read() {
    auto value = resolved(written_, base_);
    if (!value_ || *value_ != value) ++number_;
    value_ = std::move(value);
    read_at_ = clock::now();
  }

  const Kind written_;
  const std::filesystem::path base_;
  const home home_;
  std::mutex mutex_;
  std::optional<Kind> value_;
  std::uint64_t number_ = 0;  ///< counts the values
  clock::time_point read_at_{};
};

struct credential_maker {
  const config::credential_config& config;
  const home& where;

  std::shared_ptr<credential> operator()(const config::oauth2_credential&) const {
    return std::make_shared<token_keeper>(config, where);
  }
  std::shared_ptr<credential> operator()(const config::google_credential&) const {
    return std::make_shared<token_keeper>(config, where);
  }
  template <class Kind>
  std::shared_ptr<credential> operator()(const Kind& kind) const {
    return std::make_shared<configured_credential<Kind>>(kind, config.directory, where);
  }
};

}  // namespace

std::shared_ptr<credential> make_credential(const config::credential_config& config,
                                            const home& where) {
  return std::visit(credential_maker{config, where}, config.kind);
}

}  // namespace sluice::credentials
