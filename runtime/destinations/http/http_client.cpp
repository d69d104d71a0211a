#include "runtime/destinations/http/http_client.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <system_error>

#include "runtime/config/references.hpp"
#include "runtime/destinations/http/answer.hpp"
#include "runtime/destinations/http/gzip.hpp"
#include "runtime/log/redactor.hpp"

namespace sluice::destinations {
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

std::string readable(const std::filesystem::path& file, const char* what) {
  if (file.empty()) return {};
  if (::access(file.c_str(), R_OK) != 0)
    throw failure(errc::invalid_config, std::string("read ") + what, file.string(),
                  std::generic_category().message(errno),
                  "the node must be able to read destination.tls");
  return file.string();
}

std::string secret(const std::string& written, const std::filesystem::path& base) {
  auto value = config::expand(written, base);
  log::secrets().add(value);
  return value;
}

/// How sure it is that the API did not get the request.
failure_kind classify(CURLcode code, CURL* handle) {
  switch (code) {
    case CURLE_OK:
      return failure_kind::none;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_URL_MALFORMAT:
      return failure_kind::futile;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return failure_kind::not_sent;
    default:
      break;
  }
  // Set once the request is about to be sent.
  curl_off_t sending = 0;
  curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &sending);
  return sending == 0 ? failure_kind::not_sent : failure_kind::unknown;
}

}  // namespace

std::string in_words(const http_answer& answer) {
  auto text = answer.status == 0 ? answer.why : status_text(answer.status);
  const auto details = answer.status == 0 ? std::string() : failure_text(answer.body);
  if (!details.empty()) text += ": " + details;
  return log::secrets().masked(text);
}

/// A handle keeps its options from request to request: setting all of them each time costs as much
/// as sending. What a request has of its own is set, or unset, for every one.
struct http_client::state {
  std::unique_ptr<CURLM, multi_deleter> multi;  ///< only where requests are broken off
  std::unique_ptr<CURL, easy_deleter> easy{new_handle()};
  std::array<char, CURL_ERROR_SIZE> problem{};
  bool gzip = false;
  std::string user;
  std::string password;
  std::string ca;
  std::string certificate;
  std::string key;
  std::chrono::milliseconds timeout{0};

  // of the request under way
  const std::stop_token* stop = nullptr;
  std::string body;
  std::size_t received = 0;
  unsigned sendings = 0;

  template <class Value>
  void set(CURLoption option, Value value) {
    require(curl_easy_setopt(easy.get(), option, value) == CURLE_OK, "it does not know an option");
  }

  static std::size_t receive(const char* bytes, std::size_t, std::size_t count, void* self) {
    auto& s = *static_cast<state*>(self);
    s.received += count;
    if (s.received > longest_answer) return 0;  // ends the transfer
    s.body.append(bytes, std::min(count, most_body - s.body.size()));
    return count;
  }

  /// Called once a second at least. A value other than 0 ends the transfer.
  static int look(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& s = *static_cast<state*>(self);
    if (!s.stop->stop_requested()) return 0;
    curl_off_t sending = 0;
    curl_easy_getinfo(s.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &sending);
    return sending == 0 ? 1 : 0;
  }

  /// Called before a request is sent. A connection that ends in place of an answer makes curl send
  /// it again by itself, as if it had not been carried out: that is for the caller to decide, who
  /// has to know that the answer is the second one's.
  static int before_sending(void* self, char*, char*, int, int) {
    return static_cast<state*>(self)->sendings++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }

  /// Sets what is the same for all requests.
  void set_up();
  void prepare(const std::string& url, const std::stop_token& stop_request);
  http_answer perform();
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
  set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  set(CURLOPT_USERAGENT, "sluice/" SLUICE_VERSION);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, connect_timeout).count()));
  // Servers close idle connections, many after a minute: a request that meets that is in doubt.
  set(CURLOPT_MAXAGE_CONN, 30L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (multi) set(CURLOPT_QUICK_EXIT, 1L);  // or a resolver that hangs is waited for
  if (!ca.empty()) set(CURLOPT_CAINFO, ca.c_str());
  if (!certificate.empty()) set(CURLOPT_SSLCERT, certificate.c_str());
  if (!key.empty()) set(CURLOPT_SSLKEY, key.c_str());
  if (!user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, user.c_str());
    set(CURLOPT_PASSWORD, password.c_str());
  }
  set(CURLOPT_WRITEFUNCTION, &state::receive);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_PREREQFUNCTION, &state::before_sending);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &state::look);
  set(CURLOPT_XFERINFODATA, this);
}

void http_client::state::prepare(const std::string& url, const std::stop_token& stop_request) {
  stop = &stop_request;
  body.clear();
  received = 0;
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
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    answer.failed = failure_kind::cancelled;
    answer.why = multi ? "stopped" : "stopped before it was sent";
    return answer;
  }
  const bool whole = code == CURLE_OK;
  const bool cut = code == CURLE_WRITE_ERROR && received > longest_answer;
  if (!whole && !cut) {
    answer.failed = classify(code, easy.get());
    answer.why = problem.front() != '\0' ? problem.data() : curl_easy_strerror(code);
    return answer;
  }
  // Of an answer that never ends the status is known.
  answer.status = static_cast<int>(status);
  answer.body = cut ? std::string() : std::move(body);
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) answer.retry_after = std::chrono::seconds(seconds);
  return answer;
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
  s.ca = readable(config.tls.ca, "CA certificates");
  s.certificate = readable(config.tls.certificate, "client certificate");
  s.key = readable(config.tls.key, "client key");
  if (config.basic_auth) {
    s.user = secret(config.basic_auth->user, config.directory);
    s.password = secret(config.basic_auth->password, config.directory);
  }
  s.set_up();
}

http_client::~http_client() = default;

http_answer http_client::send(const http_request& request, const std::stop_token& stop) {
  auto& s = *state_;
  s.prepare(request.url, stop);
  header_list headers;
  for (const auto& line : request.headers) append_header(headers, line);
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
  // Such a connection is of no use for requests.
  s.easy.reset(new_handle());
  s.set_up();
  return answer;
}

}  // namespace sluice::destinations
