#include "runtime/web/responder.hpp"

#include <httplib.h>

#include <algorithm>

namespace sluice::web {
namespace {

constexpr auto plain_text = "text/plain; charset=utf-8";

/// A request in memory, and the buffer for its response.
class text_stream final : public httplib::Stream {
 public:
  explicit text_stream(std::string_view request) : rest_(request) {}

  [[nodiscard]] std::string take_response() { return std::move(response_); }

  [[nodiscard]] bool is_readable() const override { return !rest_.empty(); }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const auto n = rest_.copy(to, size);
    rest_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* text, std::size_t size) override {
    response_.append(text, size);
    return static_cast<ssize_t>(size);
  }
  // Addresses of clients are not needed: every client may read every page.
  void get_remote_ip_and_port(std::string& ip, int& port) const override { none(ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { none(ip, port); }
  [[nodiscard]] ::socket_t socket() const override { return INVALID_SOCKET; }

 private:
  static void none(std::string& ip, int& port) {
    ip.clear();
    port = 0;
  }

  std::string_view rest_;
  std::string response_;
};

bool equal(char a, char b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return lower(a) == lower(b);
}

/// Whether the headers name gzip among the encodings that the client takes.
bool understands_gzip(std::string_view headers) {
  constexpr std::string_view name = "\r\naccept-encoding:";
  const auto found = std::ranges::search(headers, name, equal);
  if (found.empty()) return false;
  const std::string_view from_value(found.end(), headers.end());
  const auto value = from_value.substr(0, from_value.find("\r\n"));
  for (std::size_t begin = 0; begin <= value.size();) {
    const auto end = std::min(value.find(',', begin), value.size());
    auto coding = value.substr(begin, end - begin);
    const auto weight = std::min(coding.find(';'), coding.size());
    const auto unwanted = coding.substr(weight).find("q=0") != std::string_view::npos &&
                          coding.substr(weight).find("q=0.") == std::string_view::npos;
    coding = coding.substr(0, weight);
    coding.remove_prefix(std::min(coding.find_first_not_of(" \t"), coding.size()));
    coding = coding.substr(0, coding.find_last_not_of(" \t") + 1);
    if (std::ranges::equal(coding, std::string_view("gzip"), equal)) return !unwanted;
    begin = end + 1;
  }
  return false;
}

/// The request for the library: its first line, and whether the client takes gzip. Nothing else in
/// a request changes an answer here, and much of it could be expensive: the library renders a page
/// once for each range, and matches ranges by a regular expression that recurses; it compresses
/// with Brotli for seconds; and it reads bodies, in parts or in chunks.
std::string essence(std::string_view request) {
  const auto line_end = std::min(request.find("\r\n"), request.size());
  std::string out(request.substr(0, line_end));
  out += "\r\n";
  if (understands_gzip(request.substr(line_end))) out += "Accept-Encoding: gzip\r\n";
  return out + "\r\n";
}

}  // namespace

/// The library's parser, routing and rendering. Its sockets and threads are not used: it gives a
/// connection a thread for as long as the client likes, bounds neither the head of a request nor
/// its time, and stops accepting for good at the first error it does not know.
class responder::server : public httplib::Server {
 public:
  explicit server(const routes& paths) {
    set_pre_routing_handler([](const httplib::Request& asked, httplib::Response& response) {
      if (asked.method == "GET" || asked.method == "HEAD") return HandlerResponse::Unhandled;
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      response.set_content("only GET and HEAD are allowed here\n", plain_text);
      return HandlerResponse::Handled;
    });
    std::string known;
    for (const auto& [path, ask] : paths) {
      known += " " + path;
      Get(path, [ask = ask](const httplib::Request&, httplib::Response& response) {
        auto given = ask();
        response.status = given.status;
        response.body = std::move(given.body);
        response.set_header("Content-Type", given.type);
        response.set_header("Cache-Control", "no-store");
      });
    }
    set_error_handler([known](const httplib::Request&, httplib::Response& response) {
      if (response.status == 404)
        response.set_content("no such page; there are:" + known + "\n", plain_text);
    });
    // The default sends the exception's text to the client.
    set_exception_handler([](const httplib::Request&, httplib::Response& response,
                             const std::exception_ptr&) { response.status = 500; });
  }

  std::string respond(std::string_view request) {
    const auto asked = essence(request);
    text_stream stream(asked);
    bool closed = false;
    process_request(stream, true, closed, nullptr);
    return stream.take_response();
  }
};

responder::responder(const routes& paths) : server_(std::make_unique<server>(paths)) {}

responder::~responder() = default;

std::string responder::respond(std::string_view request) const { return server_->respond(request); }

}  // namespace sluice::web
