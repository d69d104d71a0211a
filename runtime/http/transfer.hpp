// One request on its way by one handle of libcurl, and its answer as it comes.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/config/http_config.hpp"
#include "runtime/http/http_answer.hpp"
#include "runtime/http/http_request.hpp"
#include "runtime/http/tls_watch.hpp"

namespace sluice::http {

/// Throws `failure` (internal) with libcurl's words unless `done`.
void require_curl(bool done, const char* what);

struct multi_deleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
using multi_handle = std::unique_ptr<CURLM, multi_deleter>;

/// What all requests of a client have in common, as libcurl takes it: secrets resolved, files read.
struct transfer_settings {
  static constexpr std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);

  /// Throws `failure` (invalid_config) if a reference has no value or a TLS file cannot be read.
  explicit transfer_settings(const config::http_config& config);

  std::chrono::milliseconds timeout{0};
  bool gzip = false;
  std::size_t max_answer = 0;
  std::string user;
  std::string password;
  std::string ca;           ///< PEM
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  /// HTTP/2 over TLS where the server offers it; else HTTP/1.1 only.
  bool http2 = false;
  /// A stop waits for nothing, not even a resolver that hangs.
  bool quick_exit = false;
  /// Hears of the sockets of connections, and closes them instead of libcurl; outlives them. Null:
  /// libcurl does.
  void (*opened_socket)(void* who, curl_socket_t socket) = nullptr;
  curl_closesocket_callback close_socket = nullptr;
  void* sockets_of = nullptr;
};

/// Keeps a handle and its options from request to request, since setting all of them each time
/// costs as much as sending. One thread. Outlives the connections that it opened.
class transfer {
 public:
  /// `settings` outlive it.
  explicit transfer(const transfer_settings& settings);
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  /// Gets a request ready to be performed; `request` outlives its end. A `stop` ends it before it
  /// is written to a connection. `proven`: the server has taken the client's certificate before.
  void prepare(const http_request& request, const std::stop_token& stop, bool proven = false);
  /// Gets a connection ready to be made, over which nothing is sent.
  void prepare_connection(const std::string& url, const std::stop_token& stop);
  /// After a connection that was made for its own sake, and is of no use for requests.
  void renew_handle();

  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  /// Whether any of the request was written to a connection.
  [[nodiscard]] bool is_sent() const { return sendings_ > 0 && !refused_; }

  /// The answer once libcurl has ended the transfer with `code`.
  http_answer answer(CURLcode code);
  /// The end of a transfer that was broken off.
  [[nodiscard]] static http_answer cancelled(std::string why);
  /// Finds out whether the server speaks first on a connection over which nothing was sent.
  [[nodiscard]] http_answer listen();

 private:
  struct easy_deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using clock = std::chrono::steady_clock;

  /// The largest head of an answer that is kept; further headers are dropped.
  static constexpr std::size_t most_header_bytes = 256u << 10;
  /// How long a server may take to look at a client's certificate, before a request is sent.
  static constexpr std::chrono::milliseconds certificate_patience{500};
  /// How long `listen` does, since some servers speak unasked: to any server, and to one that looks
  /// at the client's certificate after the handshake.
  static constexpr std::chrono::milliseconds listening{200};
  static constexpr std::chrono::milliseconds listening_for_certificates{2000};

  template <class Value>
  void set(CURLoption option, Value value) {
    require_curl(curl_easy_setopt(easy_.get(), option, value) == CURLE_OK,
                 "it does not know an option");
  }
  /// Sets the options that all requests share.
  void set_up();
  void set_body(const http_request& request);
  void add_header(const std::string& line);
  void forget(const std::string& url, const std::stop_token& stop);

  static std::size_t receive_header(const char* bytes, std::size_t, std::size_t count, void* self);
  static std::size_t receive(const char* bytes, std::size_t, std::size_t count, void* self);
  static int before_sending(void* self, char*, char*, int, int local_port);
  static int look(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int opened(void* self, curl_socket_t socket, curlsocktype);
  /// The socket that was opened for this request at a port of this machine. During a request,
  /// libcurl offers no other way to find it.
  [[nodiscard]] curl_socket_t opened_at(int port) const;
  /// The socket of a connection that is made for its own sake.
  [[nodiscard]] curl_socket_t socket() const;

  [[nodiscard]] std::string words_of(CURLcode code) const;
  /// The failure of a request without an answer.
  [[nodiscard]] http_answer failure_of(CURLcode code) const;

  tls_watch tls_;  ///< the first: connections use it until they are closed
  const transfer_settings& settings_;
  std::unique_ptr<CURL, easy_deleter> easy_;
  std::array<char, CURL_ERROR_SIZE> problem_{};

  // of the request under way
  const std::stop_token* stop_ = nullptr;
  std::unique_ptr<curl_slist, list_deleter> sent_headers_;
  std::string compressed_;
  bool proven_ = false;
  std::vector<curl_socket_t> sockets_;  ///< that were opened for it; some may be closed again
  clock::time_point sent_at_;
  header_fields headers_;
  std::size_t header_bytes_ = 0;
  bool head_came_ = false;  ///< the head of the last answer is there
  bool no_http_ = false;    ///< the server sends something without one
  bool refused_ = false;    ///< the server has ended the connection before it was asked anything
  std::string body_;
  unsigned sendings_ = 0;
};

}  // namespace sluice::http
