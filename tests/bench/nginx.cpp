#include "tests/bench/nginx.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "runtime/http/http_client.hpp"
#include "tests/support/http_listener.hpp"

namespace sluice::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

/// `return` drops the body without keeping it anywhere, and the connection stays open.
constexpr const char* configuration = R"(daemon off;
worker_processes 2;
pid {0}/pid;
error_log {0}/error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 256m;
  client_body_buffer_size 1m;
  client_body_temp_path {0}/bodies;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  server {{
    listen 127.0.0.1:{1};
    location / {{ return 200 "{{}}"; }}
    location = /served {{ stub_status; }}
  }}
}}
)";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

nginx::nginx() : port_(test::port_of(test::bind_to_port(0))) {
  std::ofstream(dir_.path() / "nginx.conf")
      << fmt::format(fmt::runtime(configuration), dir_.path().string(), port_);
  start();
}

void nginx::start() {
  asked_ = 0;
  const auto log = dir_.path() / "error.log";
  process_ = std::make_unique<test::process>(test::program{
      .program = "nginx", .arguments = {"-c", dir_.path() / "nginx.conf", "-e", log}});
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!answers()) {
    if (process_->wait(10ms) || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("nginx does not answer: " + process_->errors() + content_of(log));
  }
}

void nginx::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait(patience)) throw std::runtime_error("nginx does not end");
}

std::string nginx::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

bool nginx::answers() {
  http::http_client client{config::http_config{}};
  http::http_request request;
  request.method = "GET";
  request.url = url("/served");
  const auto answer = client.send(request, {});
  if (answer.status != 200) return false;
  ++asked_;
  // Active connections: 1
  // server accepts handled requests
  //  16 16 31
  const auto& text = answer.body.text();
  std::istringstream numbers(text.substr(text.find("requests") + 8));
  std::uint64_t handled = 0;
  numbers >> last_.connections >> handled >> last_.requests;
  last_.connections -= asked_;
  last_.requests -= asked_;
  return true;
}

nginx::counts nginx::served() {
  if (!answers()) throw std::runtime_error("nginx does not answer");
  return last_;
}

}  // namespace sluice::bench
