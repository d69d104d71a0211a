#include "runtime/web/responder.hpp"

#include <httplib.h>

namespace sluice::web {
namespace {

constexpr auto plain_text = "text/plain; charset=utf-8";

/// A request that is in memory, and where its response goes.
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
  // Nobody asks who is there: whoever may connect may read everything.
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
    // The default tells the client what was thrown.
    set_exception_handler([](const httplib::Request&, httplib::Response& response,
                             const std::exception_ptr&) { response.status = 500; });
  }

  std::string respond(std::string_view request) {
    text_stream stream(request);
    bool closed = false;
    process_request(stream, true, closed, nullptr);
    return stream.take_response();
  }
};

responder::responder(const routes& paths) : server_(std::make_unique<server>(paths)) {}

responder::~responder() = default;

std::string responder::respond(std::string_view request) const { return server_->respond(request); }

}  // namespace sluice::web
