// Clients of the HTTP server's own tests: libcurl, and bare bytes.
#pragma once

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/os/unique_fd.hpp"
#include "tests/support/http_message.hpp"

namespace sluice::test {

struct curl_answer {
  CURLcode code = CURLE_OK;
  long status = 0;
  http_headers headers;
  std::string body;
};

/// Keeps its connection from one request to the next. Gives up after ten seconds.
class curl_client {
 public:
  std::function<void(CURL*)> options = [](CURL*) {};  ///< set on every request
  std::size_t body_limit = std::numeric_limits<std::size_t>::max();

  curl_answer get(const std::string& url) { return perform("GET", url, {}, {}); }
  curl_answer post(const std::string& url, const std::string& body,
                   const std::vector<std::string>& headers = {}) {
    return perform("POST", url, body, headers);
  }

  curl_answer perform(const std::string& method, const std::string& url, const std::string& body,
                      const std::vector<std::string>& headers) {
    auto* const c = handle_.get();
    ::curl_easy_reset(c);
    curl_answer answer;
    writing to{answer, body_limit};
    ::curl_easy_setopt(c, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(c, CURLOPT_PROXY, "");
    ::curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 10'000L);
    ::curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, &write_body);
    ::curl_easy_setopt(c, CURLOPT_WRITEDATA, &to);
    ::curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, &write_header);
    ::curl_easy_setopt(c, CURLOPT_HEADERDATA, &answer);
    if (method == "HEAD")
      ::curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    else
      ::curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (!body.empty()) {
      ::curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      ::curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.data());
    }
    std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> list{nullptr,
                                                                       ::curl_slist_free_all};
    for (const auto& header : headers)
      list.reset(::curl_slist_append(list.release(), header.c_str()));
    ::curl_easy_setopt(c, CURLOPT_HTTPHEADER, list.get());
    options(c);
    answer.code = ::curl_easy_perform(c);
    ::curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

 private:
  struct writing {
    curl_answer& answer;
    std::size_t limit;
  };

  static std::size_t write_body(char* data, std::size_t, std::size_t size, void* user) {
    const auto& to = *static_cast<writing*>(user);
    if (to.answer.body.size() + size > to.limit) return 0;
    to.answer.body.append(data, size);
    return size;
  }

  static std::size_t write_header(char* data, std::size_t, std::size_t size, void* user) {
    const std::string_view line{data, size};
    if (const auto colon = line.find(": "); colon != std::string_view::npos) {
      const auto end = line.find_last_not_of("\r\n");
      static_cast<curl_answer*>(user)->headers.add(
          std::string{line.substr(0, colon)}, std::string{line.substr(colon + 2, end - colon - 1)});
    }
    return size;
  }

  std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> handle_{::curl_easy_init(),
                                                                ::curl_easy_cleanup};
};

/// A connection in the clear. Throws std::runtime_error if it is refused.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect failed");
  }

  void send(std::string_view bytes) const {
    if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("send failed");
  }
  /// Nothing more will be sent.
  void finish() const { ::shutdown(fd_.get(), SHUT_WR); }

  struct ending {
    std::string bytes;
    int error = 0;  ///< ECONNRESET, or EAGAIN if the end did not come
  };
  /// Everything up to the end of the stream.
  [[nodiscard]] ending receive_all() const {
    ending result;
    for (;;) {
      char byte = 0;
      const auto n = ::recv(fd_.get(), &byte, 1, 0);
      if (n == 0) return result;
      if (n < 0) {
        result.error = errno;
        return result;
      }
      result.bytes += byte;
    }
  }
  /// Up to and including `text`; less if the stream ends before.
  [[nodiscard]] std::string receive_until(std::string_view text) const {
    std::string result;
    char byte = 0;
    while (!result.ends_with(text) && ::recv(fd_.get(), &byte, 1, 0) == 1) result += byte;
    return result;
  }

 private:
  os::unique_fd fd_;
};

}  // namespace sluice::test
