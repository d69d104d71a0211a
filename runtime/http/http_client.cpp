#include "runtime/http/http_client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "messages/ascii.hpp"
#include "messages/own_version.hpp"
#include "runtime/http/content_coding.hpp"
#include "runtime/http/curl_words.hpp"
#include "runtime/http/gzip.hpp"
#include "runtime/http/reference_value.hpp"
#include "runtime/http/tls_watch.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/small_file.hpp"

namespace sluice::http {
namespace {

using failure_kind = http_answer::failure;

struct easy_deleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct list_deleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct multi_deleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
using header_list = std::unique_ptr<curl_slist, list_deleter>;

void require(bool done, const char* what) {
  if (!done) throw failure(errc::internal, "set up libcurl", {}, what, {});
}

CURL* new_handle() {
  // Never undone: other threads may use it until the process ends.
  static const auto initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  require(initialised == CURLE_OK, "it cannot be initialised");
  auto* const handle = curl_easy_init();
  require(handle != nullptr, "it gives no handle");
  return handle;
}

void append_header(header_list& list, const std::string& line) {
  auto* const longer = curl_slist_append(list.get(), line.c_str());
  require(longer != nullptr, "out of memory");
  static_cast<void>(list.release());
  list.reset(longer);
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

/// A handle keeps its options from request to request, since setting all of them each time costs as
/// much as sending. Options of one request are set, or unset, every time.
struct http_client::state {
  /// The largest head of an answer that is kept; further headers are dropped.
  static constexpr std::size_t most_header_bytes = 256u << 10;
  /// How long a server may take to look at a client's certificate, before a request is sent.
  static constexpr std::chrono::milliseconds certificate_patience{500};
  /// How long `connect` listens, since some servers speak unasked: to any server, and to one that
  /// looks at the client's certificate after the handshake.
  static constexpr std::chrono::milliseconds listening{200};
  static constexpr std::chrono::milliseconds listening_for_certificates{2000};

  tls_watch tls;  ///< the first: connections use it until they are closed
  std::unique_ptr<CURLM, multi_deleter> multi;  ///< only where requests are broken off
  std::unique_ptr<CURL, easy_deleter> easy{new_handle()};
  std::array<char, CURL_ERROR_SIZE> problem{};
  bool gzip = false;
  std::size_t max_answer = 0;
  std::string user;
  std::string password;
  std::string ca;           ///< PEM
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  std::chrono::milliseconds timeout{0};

  // of the request under way
  const std::stop_token* stop = nullptr;
  const std::function<void()>* about_to_send = nullptr;
  std::vector<curl_socket_t> sockets;  ///< that were opened for it; some may be closed again
  header_fields headers;
  std::size_t header_bytes = 0;
  bool head_came = false;  ///< the head of the last answer is there
  bool no_http = false;    ///< the server sends something without one
  bool refused = false;    ///< the server has ended the connection before it was asked anything
  std::string body;
  unsigned sendings = 0;

  template <class Value>
  void set(CURLoption option, Value value) {
    require(curl_easy_setopt(easy.get(), option, value) == CURLE_OK, "it does not know an option");
  }

  /// Takes one line of a head, or of a trailer behind chunks.
  static std::size_t receive_header(const char* bytes, std::size_t, std::size_t count, void* self) {
    auto& s = *static_cast<state*>(self);
    std::string_view line(bytes, count);
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (line.starts_with("HTTP/")) {  // another answer, behind `100 Continue` for example
      s.headers.clear();
      s.header_bytes = 0;
      s.head_came = false;
    } else if (line.empty()) {
      s.head_came = true;
    } else if (const auto colon = line.find(':');
               colon != std::string_view::npos && (s.header_bytes += count) <= most_header_bytes) {
      s.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return count;
  }

  /// Takes a part of a body. Taking less than all of it ends the transfer.
  static std::size_t receive(const char* bytes, std::size_t, std::size_t count, void* self) {
    auto& s = *static_cast<state*>(self);
    s.no_http = !s.head_came;
    s.body.append(bytes, std::min(count, s.max_answer + 1 - s.body.size()));
    return s.no_http || s.body.size() > s.max_answer ? 0 : count;
  }

  /// Called once there is a connection for the request. If a connection ends instead of an answer,
  /// curl would send the request again by itself, as if it had not been carried out. The caller has
  /// to decide that, and has to know that an answer is the second request's.
  static int before_sending(void* self, char*, char*, int, int local_port) {
    auto& s = *static_cast<state*>(self);
    if (s.sendings++ > 0) return CURL_PREREQFUNC_ABORT;
    // A request that meets a reset loses the server's last words.
    s.refused = s.tls.judged_later() && is_ended(s.opened_at(local_port), certificate_patience);
    if (s.refused) return CURL_PREREQFUNC_ABORT;
    if (s.about_to_send != nullptr && *s.about_to_send) (*s.about_to_send)();
    return CURL_PREREQFUNC_OK;
  }

  /// Called once a second at least. A value other than 0 ends the transfer.
  static int look(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& s = *static_cast<state*>(self);
    if (!s.stop->stop_requested()) return 0;
    curl_off_t sending = 0;
    curl_easy_getinfo(s.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &sending);
    return sending == 0 ? 1 : 0;
  }

  static int opened(void* self, curl_socket_t socket, curlsocktype) {
    static_cast<state*>(self)->sockets.push_back(socket);
    return CURL_SOCKOPT_OK;
  }
  /// The socket that was opened for this request at a port of this machine. During a request,
  /// libcurl offers no other way to find it.
  [[nodiscard]] curl_socket_t opened_at(int port) const;

  /// The socket of a connection that is made for its own sake.
  [[nodiscard]] curl_socket_t socket() const {
    curl_socket_t out = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy.get(), CURLINFO_ACTIVESOCKET, &out);
    return out;
  }

  /// Sets the options that all requests share.
  void set_up();
  void prepare(const std::string& url, const std::stop_token& stop_request);
  http_answer perform();
  [[nodiscard]] std::string words_of(CURLcode code) const;
  /// The failure of a request without an answer.
  [[nodiscard]] http_answer failure_of(CURLcode code) const;
  /// Finds out whether the server speaks first on a connection over which nothing was sent.
  [[nodiscard]] http_answer listen();
  /// curl_easy_perform, but that a stop ends it at once.
  CURLcode perform_until_stopped();
};

void http_client::state::set_up() {
  set(CURLOPT_ERRORBUFFER, problem.data());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);  // a row's value must not climb the path
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);  // what labels say is often wrong: content_coding.hpp
  set(CURLOPT_HTTP09_ALLOWED, 1L);         // so that one can see what is no HTTP/1.1
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, ("sluice/" + own_version()).c_str());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, connect_timeout).count()));
  // Servers close idle connections, many after a minute. A request on such a connection would be in
  // doubt.
  set(CURLOPT_MAXAGE_CONN, 30L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (multi) set(CURLOPT_QUICK_EXIT, 1L);  // or a resolver that hangs is waited for
  const auto set_content = [&](CURLoption option, std::string& content) {
    curl_blob blob{content.data(), content.size(), CURL_BLOB_NOCOPY};
    if (!content.empty()) set(option, &blob);
  };
  set_content(CURLOPT_CAINFO_BLOB, ca);
  set_content(CURLOPT_SSLCERT_BLOB, certificate);
  set_content(CURLOPT_SSLKEY_BLOB, key);
  if (!key.empty()) set(CURLOPT_KEYPASSWD, "");  // or OpenSSL asks for it on the terminal
  if (!user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, user.c_str());
    set(CURLOPT_PASSWORD, password.c_str());
  }
  tls.attach(easy.get());
  set(CURLOPT_SOCKOPTFUNCTION, &state::opened);
  set(CURLOPT_SOCKOPTDATA, this);
  set(CURLOPT_PREREQFUNCTION, &state::before_sending);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &state::receive_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &state::receive);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &state::look);
  set(CURLOPT_XFERINFODATA, this);
}

void http_client::state::prepare(const std::string& url, const std::stop_token& stop_request) {
  stop = &stop_request;
  tls.reset();
  sockets.clear();
  headers.clear();
  header_bytes = 0;
  head_came = false;
  no_http = false;
  refused = false;
  body.clear();
  sendings = 0;
  problem.front() = '\0';
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));  // those of the last one are gone
}

CURLcode http_client::state::perform_until_stopped() {
  auto* const transfers = multi.get();
  const auto done = [](CURLMcode code) { require(code == CURLM_OK, curl_multi_strerror(code)); };
  done(curl_multi_add_handle(transfers, easy.get()));
  const std::unique_ptr<CURL, std::function<void(CURL*)>> added(
      easy.get(), [&](CURL* handle) { curl_multi_remove_handle(transfers, handle); });
  const std::stop_callback wake(*stop, [&] { curl_multi_wakeup(transfers); });
  while (!stop->stop_requested()) {
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

http_answer http_client::state::perform() {
  http_answer answer;
  const auto code = multi ? perform_until_stopped() : curl_easy_perform(easy.get());
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (sendings > 1) {
    answer.failed = failure_kind::unknown;
    answer.why = "the connection ended in place of an answer";
    return answer;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && !refused) {
    answer.failed = failure_kind::cancelled;
    answer.why = multi ? "stopped" : "stopped before it was sent";
    return answer;
  }
  if (!head_came || (status < 200 && code != CURLE_OK)) return failure_of(code);

  // The API has decided by the status, even if the body is lost.
  answer.status = static_cast<int>(status);
  const auto codings = values_of(headers, "Content-Encoding");
  const auto damage =
      body.size() > max_answer ? too_large(max_answer) : cut_short(code, words_of(code));
  auto content =
      plain(std::move(body), codings.empty() ? std::string() : codings.front(), max_answer);
  body.clear();
  if (!damage.empty()) content.problem = damage;
  answer.headers = std::move(headers);
  answer.body = answer_body(std::move(content.text), std::move(content.problem));
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) answer.retry_after = std::chrono::seconds(seconds);
  return answer;
}

http_answer http_client::state::failure_of(CURLcode code) const {
  http_answer answer;
  if (code == CURLE_OK && !no_http) return answer;
  const auto futile = [&](std::string why) {
    answer.failed = failure_kind::futile;
    answer.why = std::move(why);
    return answer;
  };
  if (no_http && is_http2(body)) return futile(only_http2);
  const bool has_certificate = !certificate.empty();
  if (auto why = tls.final_problem(has_certificate); !why.empty()) return futile(std::move(why));
  if (refused)
    return futile(has_certificate ? "the server refuses the client certificate"
                                  : "the server wants a client certificate");
  long proxy_status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status == 407) return futile("the proxy asks for credentials (HTTP 407)");
  answer.failed = no_http ? failure_kind::unknown : classify(code, easy.get());
  answer.why = no_http ? "the server's answer is no HTTP/1.1" : words_of(code);
  // A reset may have swallowed the server's alert.
  const bool ended = answer.failed != failure_kind::futile && code != CURLE_OPERATION_TIMEDOUT;
  if (ended && tls.certificate_wanted() && !has_certificate)
    return futile("the server asks for a client certificate and ended the connection: " +
                  answer.why);
  return answer;
}

curl_socket_t http_client::state::opened_at(int port) const {
  for (const auto socket : sockets) {
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

http_answer http_client::state::listen() {
  await_bytes(socket(), tls.judged_later() ? listening_for_certificates : listening);
  std::array<char, 64> bytes{};
  std::size_t count = 0;
  const auto code = curl_easy_recv(easy.get(), bytes.data(), bytes.size(), &count);
  if (code == CURLE_AGAIN) return {};
  if (code != CURLE_OK) return failure_of(code);
  body.assign(bytes.data(), count);
  no_http = is_http2(body);
  return failure_of(count == 0 && tls.judged_later() ? CURLE_GOT_NOTHING : CURLE_OK);
}

std::string http_client::state::words_of(CURLcode code) const {
  // libcurl names addresses, and cuts its text off.
  return problem.front() != '\0' ? log::secrets().masked(problem.data()) : curl_easy_strerror(code);
}

http_client::http_client(const config::http_config& config, when_stopped requests)
    : state_(std::make_unique<state>()) {
  auto& s = *state_;
  if (requests == when_stopped::break_off) {
    s.multi.reset(curl_multi_init());
    require(s.multi != nullptr, "it gives no handle");
  }
  s.timeout = config.timeout;
  s.gzip = config.gzip;
  s.max_answer = config.max_answer;
  s.ca = content_of(config.tls.ca, "CA certificates");
  s.certificate = content_of(config.tls.certificate, "client certificate");
  s.key = content_of(config.tls.key, "client key");
  if (config.basic_auth) {
    const auto credentials = resolved(*config.basic_auth, config.directory);
    s.user = credentials.user;
    s.password = credentials.password;
  }
  s.set_up();
}

http_client::~http_client() = default;

http_answer http_client::send(const http_request& request, const std::stop_token& stop,
                              const std::function<void()>& about_to_send) {
  auto& s = *state_;
  s.prepare(request.url, stop);
  s.about_to_send = &about_to_send;
  header_list headers;
  bool accepts = false;
  for (const auto& line : request.headers) {
    append_header(headers, header_for_curl(line));
    accepts = accepts || same_word(line.substr(0, line.find(':')), "Accept-Encoding");
  }
  if (!accepts) append_header(headers, "Accept-Encoding: gzip, deflate");
  append_header(headers,
                "Expect:");  // waiting for leave to send costs a round trip, often a second
  std::string compressed;
  const auto* body = &request.body;
  if (request.has_body) {
    if (s.gzip) {
      compressed = gzip(request.body);
      body = &compressed;
      append_header(headers, "Content-Encoding: gzip");
    }
    s.set(CURLOPT_POSTFIELDS, body->data());
    s.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  } else if (request.method != "DELETE") {
    s.set(CURLOPT_POSTFIELDS, "");
    s.set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
  } else {
    s.set(CURLOPT_HTTPGET, 1L);  // no body, not even an empty one
  }
  s.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  s.set(CURLOPT_HTTPHEADER, headers.get());
  return s.perform();
}

http_answer http_client::connect(const std::string& url, const std::stop_token& stop) {
  auto& s = *state_;
  s.prepare(url, stop);
  s.set(CURLOPT_CONNECT_ONLY, 1L);
  auto answer = s.perform();
  if (answer.failed == failure_kind::none) answer = s.listen();
  // Such a connection is of no use for requests.
  s.easy.reset(new_handle());
  s.set_up();
  return answer;
}

}  // namespace sluice::http
