// A real server that speaks HTTP/2: many requests on one connection, and streams that it resets.
#include <fmt/format.h>
#include <signal.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "runtime/destinations/http_destination.hpp"
#include "tests/runtime/destinations/http_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_listener.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::destinations;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

/// nginx with TLS and HTTP/2 on a port of its own. It answers with 200 and {}, but resets the
/// stream of a request whose path ends in 7. Its log has the protocol and the connection of each.
constexpr const char* configuration = R"(daemon off;
worker_processes 1;
pid {0}/pid;
error_log {0}/error.log warn;
events {{ worker_connections 512; }}
http {{
  log_format which "$server_protocol $connection $status $request_uri";
  access_log {0}/access.log which;
  client_body_temp_path {0}/bodies;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  server {{
    listen 127.0.0.1:{1} ssl http2;
    ssl_certificate {2};
    ssl_certificate_key {3};
    location ~ 7$ {{ return 444; }}
    location / {{ return 200 "{{}}"; }}
  }}
}}
)";

class http2_server {
 public:
  http2_server() {
    std::ofstream(dir_.path() / "nginx.conf")
        << fmt::format(fmt::runtime(configuration), dir_.path().string(), port_,
                       files_.certificate.string(), files_.key.string());
    process_ = std::make_unique<process>(
        program{.program = "nginx",
                .arguments = {"-c", dir_.path() / "nginx.conf", "-e", dir_.path() / "error.log"}});
  }
  ~http2_server() {
    process_->signal(SIGTERM);
    static_cast<void>(process_->wait(10s));
  }
  http2_server(const http2_server&) = delete;
  http2_server& operator=(const http2_server&) = delete;

  /// A way in that puts a person into each request.
  [[nodiscard]] config::http_config config() const {
    static const http_server nobody;
    auto out = people_config(nobody, 20s);
    out.requests = {{.name = "upsert",
                     .method = "PUT",
                     .url = fmt::format("https://localhost:{}/people/{{{{key.id}}}}", port_),
                     .body = R"("{{row}}")",
                     .per_row = true}};
    out.request_for = {0, 0, std::nullopt};
    out.tls.ca = authority_.certificate();
    return out;
  }

  /// The words of each line of the log, once the server has ended.
  std::vector<std::vector<std::string>> log() {
    process_->signal(SIGQUIT);
    static_cast<void>(process_->wait(10s));
    std::ifstream in(dir_.path() / "access.log");
    std::vector<std::vector<std::string>> out;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      out.emplace_back(std::istream_iterator<std::string>(words),
                       std::istream_iterator<std::string>());
    }
    return out;
  }

 private:
  temp_dir dir_;
  certificate_authority authority_{dir_.path(), "authority"};
  certificate_files files_ = authority_.issue({.name = "api", .hosts = {"localhost"}});
  std::uint16_t port_ = port_of(bind_to_port(0));
  std::unique_ptr<process> process_;
};

std::unique_ptr<destination> open(const config::http_config& config) {
  auto way = make_way_in(config);
  auto context = person_context();
  context.mode = sync_mode::upsert;
  way->open(context, {});
  return way;
}

}  // namespace

TEST_CASE("requests to a server that speaks HTTP/2 share a connection") {
  http2_server server;
  CHECK(count(open(server.config())->deliver(persons(300, 1000)), fate::delivered) + 0 >=
        270);  // those that end in 7 are reset
  std::set<std::string> connections;
  for (const auto& line : server.log()) {
    CHECK(line[0] == "HTTP/2.0");
    connections.insert(line[1]);
  }
  CHECK(connections.size() <= 4);
}

TEST_CASE("a stream that is reset puts its row in doubt, and no other") {
  http2_server server;
  const auto way = open(server.config());
  const auto rows = persons(60, 100);
  auto outcome = way->deliver(rows);
  CHECK_FALSE(outcome.failed);
  for (std::size_t i = 0; i < 60; ++i) {
    CAPTURE(i);
    CHECK(outcome.fates[i] == ((100 + i) % 10 == 7 ? fate::unknown : fate::delivered));
  }
  CHECK(outcome.rejections.size() == 6);
}
