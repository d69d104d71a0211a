#include "runtime/http/transfer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "messages/ascii.hpp"
#include "messages/own_version.hpp"
#include "runtime/http/content_coding.hpp"
#include "runtime/http/curl_words.hpp"
#include "runtime/http/gzip.hpp"
#include "runtime/http/reference_value.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::http {
namespace {

using failure_kind = http_answer::failure;

CURL* new_handle() {
  // Never undone: other threads may use it until the process ends.
  static const auto initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  require_curl(initialised == CURLE_OK, "it cannot be initialised");
  auto* const handle = curl_easy_init();
  require_curl(handle != nullptr, "it gives no handle");
  return handle;
}

/// The content of a file; empty for an empty path. libcurl itself would wait for a pipe, and never
/// stop reading a device.
std::string content_of(const std::filesystem::path& file, const char* what) {
  constexpr std::size_t largest = 4u << 20;
  if (file.empty()) return {};
  auto content = os::read_small_file(file, largest);
  if (content.text && content.text->empty()) content = {std::nullopt, "is empty"};
  if (!content.text)
    throw failure(errc::invalid_config, std::string("read ") + what, file.string(), content.why,
                  "the node must be able to read destination.tls");
  return *std::move(content.text);
}

constexpr auto only_http2 = "the server speaks HTTP/2 only, and the client HTTP/1.1";

}  // namespace

void require_curl(bool done, const char* what) {
  if (!done) throw failure(errc::internal, "set up libcurl", {}, what, {});
}

transfer_settings::transfer_settings(const config::http_config& config)
    : timeout(config.timeout),
      gzip(config.gzip),
      max_answer(config.max_answer),
      ca(content_of(config.tls.ca, "CA certificates")),
      certificate(content_of(config.tls.certificate, "client certificate")),
      key(content_of(config.tls.key, "client key")) {
  if (!config.basic_auth) return;
  const auto credentials = resolved(*config.basic_auth, config.directory);
  user = credentials.user;
  password = credentials.password;
}

transfer::transfer(const transfer_settings& settings) : settings_(settings), easy_(new_handle()) {
  set_up();
}

void transfer::renew_handle() {
  easy_.reset(new_handle());
  set_up();
}

void transfer::set_up() {
  set(CURLOPT_ERRORBUFFER, problem_.data());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);  // a row's value must not climb the path
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(settings_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);  // what labels say is often wrong: content_coding.hpp
  set(CURLOPT_HTTP09_ALLOWED, 1L);         // so that one can see what is no HTTP/1.1
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, ("sluice/" + own_version()).c_str());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min(settings_.timeout, transfer_settings::connect_timeout).count()));
  // Servers close idle connections, many after a minute. A request on such a connection would be in
  // doubt.
  set(CURLOPT_MAXAGE_CONN, 30L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (settings_.quick_exit) set(CURLOPT_QUICK_EXIT, 1L);
  const auto set_content = [&](CURLoption option, const std::string& content) {
    // NOCOPY: libcurl only reads it.
    curl_blob blob{const_cast<char*>(content.data()), content.size(), CURL_BLOB_NOCOPY};
    if (!content.empty()) set(option, &blob);
  };
  set_content(CURLOPT_CAINFO_BLOB, settings_.ca);
  set_content(CURLOPT_SSLCERT_BLOB, settings_.certificate);
  set_content(CURLOPT_SSLKEY_BLOB, settings_.key);
  // Without one OpenSSL asks for it on the terminal.
  if (!settings_.key.empty()) set(CURLOPT_KEYPASSWD, "");
  if (!settings_.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, settings_.user.c_str());
    set(CURLOPT_PASSWORD, settings_.password.c_str());
  }
  tls_.attach(easy_.get());
  set(CURLOPT_SOCKOPTFUNCTION, &transfer::opened);
  set(CURLOPT_SOCKOPTDATA, this);
  if (settings_.close_socket != nullptr) {
    set(CURLOPT_CLOSESOCKETFUNCTION, settings_.close_socket);
    set(CURLOPT_CLOSESOCKETDATA, settings_.sockets_of);
  }
  set(CURLOPT_PREREQFUNCTION, &transfer::before_sending);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &transfer::receive_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &transfer::receive);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &transfer::look);
  set(CURLOPT_XFERINFODATA, this);
}

// -- what libcurl calls ---------------------------------------------------------------------------

/// Takes one line of a head, or of a trailer behind chunks.
std::size_t transfer::receive_header(const char* bytes, std::size_t, std::size_t count,
                                     void* self) {
  auto& t = *static_cast<transfer*>(self);
  std::string_view line(bytes, count);
  line = line.substr(0, line.find_last_not_of("\r\n") + 1);
  if (line.starts_with("HTTP/")) {  // another answer, behind `100 Continue` for example
    t.headers_.clear();
    t.header_bytes_ = 0;
    t.head_came_ = false;
  } else if (line.empty()) {
    t.head_came_ = true;
  } else if (const auto colon = line.find(':');
             colon != std::string_view::npos && (t.header_bytes_ += count) <= most_header_bytes) {
    t.headers_.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return count;
}

/// Takes a part of a body. Taking less than all of it ends the transfer.
std::size_t transfer::receive(const char* bytes, std::size_t, std::size_t count, void* self) {
  auto& t = *static_cast<transfer*>(self);
  t.no_http_ = !t.head_came_;
  t.body_.append(bytes, std::min(count, t.settings_.max_answer + 1 - t.body_.size()));
  return t.no_http_ || t.body_.size() > t.settings_.max_answer ? 0 : count;
}

/// Called once there is a connection for the request. If a connection ends instead of an answer,
/// curl would send the request again by itself, as if it had not been carried out. The caller has
/// to decide that, and has to know that an answer is the second request's.
int transfer::before_sending(void* self, char*, char*, int, int local_port) {
  auto& t = *static_cast<transfer*>(self);
  if (t.sendings_++ > 0) return CURL_PREREQFUNC_ABORT;
  // A request that meets a reset loses the server's last words. What waits here holds up all
  // requests of its thread, so it is done until the server has taken the certificate once.
  t.refused_ = !t.proven_ && t.tls_.judged_later() &&
               is_ended(t.opened_at(local_port), certificate_patience);
  if (t.refused_) return CURL_PREREQFUNC_ABORT;
  t.sent_at_ = clock::now();
  return CURL_PREREQFUNC_OK;
}

/// Called once a second at least. A value other than 0 ends the transfer.
int transfer::look(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& t = *static_cast<transfer*>(self);
  return t.stop_->stop_requested() && !t.is_sent() ? 1 : 0;
}

int transfer::opened(void* self, curl_socket_t socket, curlsocktype) {
  auto& t = *static_cast<transfer*>(self);
  t.sockets_.push_back(socket);
  if (t.settings_.opened_socket != nullptr)
    t.settings_.opened_socket(t.settings_.sockets_of, socket);
  return CURL_SOCKOPT_OK;
}

curl_socket_t transfer::opened_at(int port) const {
  for (const auto socket : sockets_) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    const auto number = address.ss_family == AF_INET6
                            ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                            : reinterpret_cast<const sockaddr_in&>(address).sin_port;
    if (ntohs(number) == port) return socket;
  }
  return CURL_SOCKET_BAD;
}

curl_socket_t transfer::socket() const {
  curl_socket_t out = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &out);
  return out;
}

// -- a request ------------------------------------------------------------------------------------

void transfer::forget(const std::string& url, const std::stop_token& stop) {
  stop_ = &stop;
  proven_ = false;
  tls_.reset();
  sockets_.clear();
  headers_.clear();
  header_bytes_ = 0;
  head_came_ = false;
  no_http_ = false;
  refused_ = false;
  body_.clear();
  sendings_ = 0;
  sent_at_ = {};
  problem_.front() = '\0';
  set(CURLOPT_URL, url.c_str());
  // Whether a connection takes several requests is known once its TLS handshake is done. Without
  // TLS libcurl would wait for the first answer, though it never does.
  set(CURLOPT_PIPEWAIT, settings_.http2 && url.starts_with("https:") ? 1L : 0L);
  set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  sent_headers_.reset();
}

void transfer::add_header(const std::string& line) {
  auto* const longer = curl_slist_append(sent_headers_.get(), line.c_str());
  require_curl(longer != nullptr, "out of memory");
  static_cast<void>(sent_headers_.release());
  sent_headers_.reset(longer);
}

void transfer::prepare(const http_request& request, const std::stop_token& stop, bool proven) {
  forget(request.url, stop);
  proven_ = proven;
  bool accepts = false;
  for (const auto& line : request.headers) {
    add_header(header_for_curl(line));
    accepts = accepts || same_word(line.substr(0, line.find(':')), "Accept-Encoding");
  }
  if (!accepts) add_header("Accept-Encoding: gzip, deflate");
  add_header("Expect:");  // waiting for leave to send costs a round trip, often a second
  set_body(request);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_HTTPHEADER, sent_headers_.get());
}

void transfer::set_body(const http_request& request) {
  const auto* body = &request.body;
  if (request.has_body) {
    if (settings_.gzip) {
      compressed_ = gzip(request.body);
      body = &compressed_;
      add_header("Content-Encoding: gzip");
    }
    set(CURLOPT_POSTFIELDS, body->data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  } else if (request.method != "DELETE" && request.method != "GET") {
    set(CURLOPT_POSTFIELDS, "");
    set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
  } else {
    set(CURLOPT_HTTPGET, 1L);  // no body, not even an empty one
  }
}

void transfer::prepare_connection(const std::string& url, const std::stop_token& stop) {
  forget(url, stop);
  set(CURLOPT_CONNECT_ONLY, 1L);
}

// -- its answer -----------------------------------------------------------------------------------

http_answer transfer::cancelled(std::string why) {
  http_answer out;
  out.failed = failure_kind::cancelled;
  out.why = std::move(why);
  return out;
}

http_answer transfer::answer(CURLcode code) {
  http_answer answer;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (sendings_ > 1) {
    answer.failed = failure_kind::unknown;
    answer.why = "the connection ended in place of an answer";
    return answer;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && !refused_)
    return cancelled(settings_.quick_exit ? "stopped" : "stopped before it was sent");
  if (!head_came_ || (status < 200 && code != CURLE_OK)) return failure_of(code);

  // The API has decided by the status, even if the body is lost.
  answer.status = static_cast<int>(status);
  answer.round_trip =
      std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - sent_at_);
  const auto most = settings_.max_answer;
  const auto codings = values_of(headers_, "Content-Encoding");
  const auto damage = body_.size() > most ? too_large(most) : cut_short(code, words_of(code));
  auto content = plain(std::move(body_), codings.empty() ? std::string() : codings.front(), most);
  body_.clear();
  if (!damage.empty()) content.problem = damage;
  answer.headers = std::move(headers_);
  answer.body = answer_body(std::move(content.text), std::move(content.problem));
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) answer.retry_after = std::chrono::seconds(seconds);
  return answer;
}

http_answer transfer::failure_of(CURLcode code) const {
  http_answer answer;
  if (code == CURLE_OK && !no_http_) return answer;
  const auto futile = [&](std::string why) {
    answer.failed = failure_kind::futile;
    answer.why = std::move(why);
    return answer;
  };
  if (no_http_ && is_http2(body_)) return futile(only_http2);
  const bool has_certificate = !settings_.certificate.empty();
  if (auto why = tls_.final_problem(has_certificate); !why.empty()) return futile(std::move(why));
  if (refused_)
    return futile(has_certificate ? "the server refuses the client certificate"
                                  : "the server wants a client certificate");
  long proxy_status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status == 407) return futile("the proxy asks for credentials (HTTP 407)");
  answer.failed = no_http_ ? failure_kind::unknown : classify(code, is_sent());
  answer.why = no_http_ ? "the server's answer is no HTTP/1.1" : words_of(code);
  // A reset may have swallowed the server's alert.
  const bool ended = answer.failed != failure_kind::futile && code != CURLE_OPERATION_TIMEDOUT;
  if (ended && tls_.certificate_wanted() && !has_certificate)
    return futile("the server asks for a client certificate and ended the connection: " +
                  answer.why);
  return answer;
}

http_answer transfer::listen() {
  await_bytes(socket(), tls_.judged_later() ? listening_for_certificates : listening);
  std::array<char, 64> bytes{};
  std::size_t count = 0;
  const auto code = curl_easy_recv(easy_.get(), bytes.data(), bytes.size(), &count);
  if (code == CURLE_AGAIN) return {};
  if (code != CURLE_OK) return failure_of(code);
  body_.assign(bytes.data(), count);
  // Over TLS both sides have agreed on it.
  char* scheme = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_SCHEME, &scheme);
  const bool agreed = settings_.http2 && scheme != nullptr && same_word(scheme, "https");
  no_http_ = is_http2(body_) && !agreed;
  return failure_of(count == 0 && tls_.judged_later() ? CURLE_GOT_NOTHING : CURLE_OK);
}

std::string transfer::words_of(CURLcode code) const {
  // libcurl names addresses, and cuts its text off.
  return problem_.front() != '\0' ? log::secrets().masked(problem_.data())
                                  : curl_easy_strerror(code);
}

}  // namespace sluice::http
