#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/gzip.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/http_test_clients.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr auto get_request = "GET / HTTP/1.1\r\n\r\n";

std::chrono::steady_clock::duration time_of(const std::function<void()>& what) {
  const auto start = std::chrono::steady_clock::now();
  what();
  return std::chrono::steady_clock::now() - start;
}

std::future<curl_answer> get_in_background(const http_server& server) {
  return std::async(std::launch::async, [url = server.url()] { return curl_client{}.get(url); });
}

}  // namespace

TEST_CASE("a delayed answer comes late but the request is applied at once") {
  http_server server;
  server.enqueue({.delay = 100ms});
  const auto start = std::chrono::steady_clock::now();
  auto answer = get_in_background(server);
  REQUIRE(server.wait_for_requests(1, 10s));
  CHECK(server.requests()[0].applied);
  CHECK(answer.get().status == 200);
  CHECK(std::chrono::steady_clock::now() - start >= 100ms);
}

TEST_CASE("a held answer comes with its release") {
  http_server server;
  server.release();  // releases nothing: later requests are held all the same
  server.enqueue({.body = "held", .hold = true});
  auto answer = get_in_background(server);
  REQUIRE(server.wait_for_requests(1, 10s));
  CHECK(server.requests()[0].applied);
  CHECK(answer.wait_for(20ms) == std::future_status::timeout);
  CHECK(curl_client{}.get(server.url()).body == "{}");  // others are not held
  server.release();
  CHECK(answer.get().body == "held");
}

TEST_CASE("a request can be applied after its client gave up") {
  http_server server;
  server.enqueue({.hold = true, .apply_late = true});
  int calls = 0;
  server.on_applied([&](const http_request& r) { calls += r.applied ? 1 : 0; });
  curl_client client;
  client.options = [](CURL* c) { ::curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 200L); };
  CHECK(client.get(server.url()).code == CURLE_OPERATION_TIMEDOUT);
  REQUIRE(server.wait_for_requests(1, 10s));
  CHECK_FALSE(server.requests()[0].applied);
  CHECK(server.applied() == 0);
  server.release();
  CHECK(server.wait_for_applied(1, 10s));
  CHECK(server.requests()[0].applied);
  CHECK(calls == 1);
}

TEST_CASE("a server that ends does not wait for what it was told to wait for") {
  for (const auto& reply : {http_reply{.hold = true}, http_reply{.delay = 1h},
                            http_reply{.behaviour = http_behaviour::trickle, .interval = 1h}}) {
    auto server = std::make_unique<http_server>();
    server->enqueue(reply);
    auto answer = get_in_background(*server);
    REQUIRE(server->wait_for_requests(1, 10s));
    CHECK(time_of([&] { server.reset(); }) < 5s);
    CHECK(answer.get().code != CURLE_OK);
  }
}

TEST_CASE("a server that ends does not wait for its clients") {
  auto server = std::make_unique<http_server>();
  server->enqueue({.behaviour = http_behaviour::huge_body, .huge_size = 1'000'000'000});
  server->enqueue({.afterwards = http_afterwards::reset_when_reused});
  server->enqueue({.afterwards = http_afterwards::close_when_idle, .idle = 1h});
  const raw_client does_not_read{server->port()};
  does_not_read.send(get_request);
  CHECK(does_not_read.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  const raw_client is_to_be_reset{server->port()};
  is_to_be_reset.send(get_request);
  CHECK(is_to_be_reset.receive_until("{}").ends_with("{}"));
  const raw_client is_to_be_idle{server->port()};
  is_to_be_idle.send(get_request);
  CHECK(is_to_be_idle.receive_until("{}").ends_with("{}"));
  const raw_client asks_nothing{server->port()};
  const raw_client asks_slowly{server->port()};
  asks_slowly.send("GET / HT");
  CHECK(time_of([&] { server.reset(); }) < 5s);
}

TEST_CASE("a reset before applying leaves nothing behind and one after applying does") {
  http_server server;
  int calls = 0;
  server.on_applied([&](const http_request&) { ++calls; });
  server.enqueue({.behaviour = http_behaviour::reset_before_applying});
  server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  for (const bool applied : {false, true}) {
    CAPTURE(applied);
    const raw_client client{server.port()};
    client.send(get_request);
    const auto end = client.receive_all();
    CHECK(end.error == ECONNRESET);
    CHECK(end.bytes.empty());
    CHECK(server.requests().back().applied == applied);
    CHECK(calls == (applied ? 1 : 0));
  }
  server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  CHECK(curl_client{}.get(server.url()).code == CURLE_RECV_ERROR);
}

TEST_CASE("libcurl sends again by itself what was reset on a connection that it had used before") {
  http_server server;
  curl_client client;
  client.get(server.url());
  server.enqueue({.behaviour = http_behaviour::reset_after_applying});
  CHECK(client.post(server.url(), "once").status == 200);
  const auto log = server.requests();
  REQUIRE(log.size() == 3);  // two of them the same: it was applied twice
  CHECK(log[1].body == "once");
  CHECK(log[2].body == "once");
  CHECK(log[1].connection == 1);
  CHECK(log[2].connection == 2);
  CHECK(server.applied() == 3);
}

TEST_CASE("an answer ends after its headers or in the midst of its body") {
  http_server server;
  server.enqueue({.body = "0123456789", .behaviour = http_behaviour::headers_only});
  server.enqueue({.body = "0123456789", .behaviour = http_behaviour::half_body});
  server.enqueue({.body = "0123456789", .behaviour = http_behaviour::half_body, .chunked = true});
  curl_client client;
  const auto headers_only = client.get(server.url());
  CHECK(headers_only.code == CURLE_PARTIAL_FILE);
  CHECK(headers_only.status == 200);
  CHECK(headers_only.headers.value("Content-Length") == "10");
  CHECK(headers_only.body.empty());
  const auto half = client.get(server.url());
  CHECK(half.code == CURLE_PARTIAL_FILE);
  CHECK(half.body == "01234");
  const auto half_in_chunks = client.get(server.url());
  CHECK(half_in_chunks.code != CURLE_OK);
  CHECK(half_in_chunks.body.size() < 10);
  CHECK(server.applied() == 3);
}

TEST_CASE("a trickling body takes its time and is whole") {
  http_server server;
  const std::string text = "ten bytes!";
  server.enqueue({.body = text, .behaviour = http_behaviour::trickle, .interval = 3ms});
  curl_client client;
  CHECK(time_of([&] { CHECK(client.get(server.url()).body == text); }) >= 30ms);
  CHECK(client.get(server.url()).body == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("a body in chunks is whole") {
  http_server server;
  server.enqueue({.body = "in chunks", .chunked = true});
  server.enqueue({.body = "", .chunked = true});
  curl_client client;
  const auto answer = client.get(server.url());
  CHECK(answer.body == "in chunks");
  CHECK_FALSE(answer.headers.contains("Content-Length"));
  CHECK(client.get(server.url()).code == CURLE_OK);
  CHECK(client.get(server.url()).body == "{}");
  CHECK(server.connections() == 1);
}

TEST_CASE("a huge body does not announce its size and ends only if the client reads it all") {
  http_server server;
  const http_reply huge{.behaviour = http_behaviour::huge_body, .huge_size = 3'000'001};
  server.enqueue(huge, 2);
  curl_client client;
  const auto whole = client.get(server.url());
  CHECK(whole.body.size() == 3'000'001);
  CHECK_FALSE(whole.headers.contains("Content-Length"));
  client.body_limit = 100'000;
  const auto capped = client.get(server.url());
  CHECK(capped.code == CURLE_WRITE_ERROR);
  CHECK(capped.body.size() <= 100'000);
  CHECK(server.wait_until_disconnected(10s));
}

TEST_CASE("raw bytes are all that is sent") {
  http_server server;
  const auto raw = [&](std::string bytes) {
    server.enqueue({.body = std::move(bytes), .behaviour = http_behaviour::raw});
  };
  raw("HTTP/1.1 200 OK\r\nX");
  const raw_client client{server.port()};
  client.send(get_request);
  const auto end = client.receive_all();
  CHECK(end.bytes == "HTTP/1.1 200 OK\r\nX");
  CHECK(end.error == 0);
  raw("\x01\x02 what?\r\n\r\n");
  CHECK(curl_client{}.get(server.url()).code == CURLE_UNSUPPORTED_PROTOCOL);
  raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n");
  CHECK(curl_client{}.get(server.url()).code == CURLE_WEIRD_SERVER_REPLY);
}

TEST_CASE("a compressed answer is decoded by a client that can") {
  http_server server;
  const std::string text(50'000, 'z');
  server.otherwise({.body = text, .gzip = true});
  curl_client client;
  const auto encoded = client.get(server.url());
  CHECK(encoded.headers.value("Content-Encoding") == "gzip");
  CHECK(encoded.body.size() < 1000);
  CHECK(gunzip(encoded.body) == text);
  client.options = [](CURL* c) { ::curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip"); };
  CHECK(client.get(server.url()).body == text);
}

TEST_CASE("a gzip bomb is small until it is inflated") {
  const auto bomb = gzip_bomb(20'000'000);
  CHECK(bomb.size() < 40'000);
  CHECK(gunzip(gzip_bomb(3'000'000)) == std::string(3'000'000, '\0'));
  http_server server;
  server.enqueue({.headers = {{"Content-Encoding", "gzip"}}, .body = bomb});
  curl_client client;
  client.options = [](CURL* c) { ::curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip"); };
  client.body_limit = 1'000'000;
  CHECK(client.get(server.url()).code == CURLE_WRITE_ERROR);
}

TEST_CASE("a connection is closed after its answer") {
  http_server server;
  server.enqueue({.afterwards = http_afterwards::close});
  curl_client client;
  CHECK(client.get(server.url()).headers.value("Connection") == "close");
  CHECK(server.wait_until_disconnected(10s));
  CHECK(client.get(server.url()).status == 200);
  CHECK(server.requests().at(1).connection == 2);
}

TEST_CASE("a connection is closed unannounced once it is idle") {
  http_server server;
  server.enqueue({.afterwards = http_afterwards::close_when_idle});
  server.enqueue({.afterwards = http_afterwards::close_when_idle, .idle = 1h});
  curl_client client;
  CHECK_FALSE(client.get(server.url()).headers.contains("Connection"));
  CHECK(server.wait_until_disconnected(10s));
  CHECK(client.get(server.url()).status == 200);
  CHECK(client.get(server.url()).status == 200);  // within the hour
  CHECK(server.requests().at(2).connection == 2);
}

TEST_CASE("a connection is reset by the next request which is not read") {
  http_server server;
  server.enqueue({.afterwards = http_afterwards::reset_when_reused}, 2);
  const raw_client client{server.port()};
  client.send(get_request);
  CHECK(client.receive_until("{}").starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(server.wait_until_disconnected(5ms));
  client.send(get_request);
  CHECK(client.receive_all().error == ECONNRESET);
  CHECK(server.requests().size() == 1);

  curl_client sends_again;
  CHECK(sends_again.post(server.url(), "one").status == 200);
  CHECK(sends_again.post(server.url(), "two").status == 200);
  CHECK(server.requests().size() == 3);
  CHECK(server.requests().back().connection == 3);
}
