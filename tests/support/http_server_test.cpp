#include "tests/support/http_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/gzip.hpp"
#include "tests/support/http_test_clients.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("requests are logged as they were sent and in their order") {
  const http_server server;
  curl_client one;
  curl_client other;
  CHECK(one.post(server.url("/rows?a=1&b=%20"), "first", {"Idempotency-Key: 7"}).status == 200);
  CHECK(other.perform("DELETE", server.url("/rows/2"), {}, {}).status == 200);
  CHECK(one.perform("PATCH", server.url("/rows/3"), "third", {}).status == 200);

  const auto log = server.requests();
  REQUIRE(log.size() == 3);
  CHECK(log[0].number == 1);
  CHECK(log[0].method == "POST");
  CHECK(log[0].target == "/rows?a=1&b=%20");
  CHECK(log[0].path() == "/rows");
  CHECK(log[0].headers.value("idempotency-KEY") == "7");
  CHECK_FALSE(log[0].headers.contains("Idempotency"));
  CHECK(log[0].body == "first");
  CHECK(log[0].applied);
  CHECK(log[1].number == 2);
  CHECK(log[1].method == "DELETE");
  CHECK(log[1].body.empty());
  CHECK(log[2].method == "PATCH");
  CHECK(log[2].body == "third");
  CHECK(log[0].connection == 1);
  CHECK(log[1].connection == 2);
  CHECK(log[2].connection == 1);
  CHECK(server.connections() == 2);
  CHECK(server.errors().empty());
}

TEST_CASE("chunks are put together") {
  const http_server server;
  const raw_client client{server.port()};
  client.send(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "6;why=not\r\nhello \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  CHECK(client.receive_all().bytes.starts_with("HTTP/1.1 200 "));
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].body == "hello 0123456789");
  CHECK(server.requests()[0].chunked);
}

TEST_CASE("a compressed body is inflated and noted as such") {
  const http_server server;
  curl_client client;
  const std::string text(100'000, 'a');
  const auto packed = gzip(text);
  CHECK(packed.size() < 1000);
  client.post(server.url(), packed, {"Content-Encoding: gzip"});
  client.post(server.url(), "plain");
  const auto log = server.requests();
  REQUIRE(log.size() == 2);
  CHECK(log[0].gzip);
  CHECK(log[0].body == text);
  CHECK_FALSE(log[1].gzip);

  CHECK(client.post(server.url(), packed.substr(0, 20), {"Content-Encoding: gzip"}).status == 400);
  CHECK(server.requests().size() == 2);
  CHECK(server.errors().size() == 1);
}

TEST_CASE("a client that waits for leave to send its body gets it") {
  const http_server server;
  curl_client client;
  client.options = [](CURL* c) { ::curl_easy_setopt(c, CURLOPT_EXPECT_100_TIMEOUT_MS, 60'000L); };
  const std::string body(2'000'000, 'b');
  CHECK(client.post(server.url(), body).code == CURLE_OK);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].headers.value("Expect") == "100-continue");
  CHECK(server.requests()[0].body == body);
}

TEST_CASE("queued replies go before the handler's and those before the default one") {
  http_server server;
  curl_client client;
  CHECK(client.get(server.url()).body == "{}");
  server.otherwise({.status = 404, .body = "default"});
  server.enqueue({.status = 429, .headers = {{"Retry-After", "3"}}, .body = "slow down"});
  server.enqueue({.status = 503}, 2);

  const auto queued = client.get(server.url());
  CHECK(queued.status == 429);
  CHECK(queued.headers.value("retry-after") == "3");
  CHECK(queued.headers.value("content-type") == "application/json");
  CHECK(queued.body == "slow down");
  server.handle([](const http_request& r) { return http_reply{.body = "to " + r.target}; });
  CHECK(client.get(server.url()).status == 503);
  CHECK(client.get(server.url()).status == 503);
  CHECK(client.get(server.url("/x")).body == "to /x");
  server.handle({});
  CHECK(client.get(server.url()).body == "default");
  CHECK(server.connections() == 1);
}

TEST_CASE("answers without a body have none") {
  http_server server;
  curl_client client;
  server.enqueue({.status = 204});
  server.enqueue({.status = 304});
  CHECK(client.get(server.url()).status == 204);
  CHECK(client.get(server.url()).status == 304);
  CHECK(client.perform("HEAD", server.url(), {}, {}).status == 200);
  CHECK(client.get(server.url()).body == "{}");  // nothing was left over on the connection
  CHECK(server.connections() == 1);
}

TEST_CASE("an exception of the handler is an answer and an error") {
  http_server server;
  curl_client client;
  server.handle([](const http_request&) -> http_reply { throw std::runtime_error("no idea"); });
  CHECK(client.get(server.url()).status == 500);
  CHECK_FALSE(server.requests().at(0).applied);
  CHECK(server.errors() == std::vector<std::string>{"connection 1: no idea"});
}

TEST_CASE("what an answer says decides whether its request is applied") {
  http_server server;
  curl_client client;
  server.enqueue({.status = 201});
  server.enqueue({.status = 400});
  server.enqueue({.status = 504, .apply = http_application::always});
  server.enqueue({.status = 200, .apply = http_application::never});
  std::vector<std::string> content;
  server.on_applied([&](const http_request& r) { content.push_back(r.path()); });
  for (const auto* target : {"/1", "/2", "/3", "/4"}) client.get(server.url(target));
  CHECK(content == std::vector<std::string>{"/1", "/3"});
  CHECK(server.applied() == 2);
  const auto log = server.requests();
  REQUIRE(log.size() == 4);
  CHECK(log[0].applied);
  CHECK_FALSE(log[1].applied);
  CHECK(log[2].applied);
  CHECK_FALSE(log[3].applied);
}

TEST_CASE("requests of many connections are applied one at a time in the order of the log") {
  http_server server;
  std::vector<std::uint64_t> order;  // without a lock: the hook is called under one
  server.on_applied([&](const http_request& r) { order.push_back(r.number); });
  std::vector<std::thread> clients(4);
  for (auto& c : clients)
    c = std::thread{[&] {
      curl_client client;
      for (int n = 0; n < 25; ++n) client.get(server.url());
    }};
  CHECK(server.wait_for_requests(100, 10s));
  for (auto& c : clients) c.join();
  const auto log = server.requests();
  REQUIRE(log.size() == 100);
  REQUIRE(order.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(log[i].number == i + 1);
    CHECK(order[i] == i + 1);
  }
  CHECK(server.connections() == 4);
}

TEST_CASE("waiting ends with the time if nothing comes") {
  const http_server server;
  curl_client client;
  client.get(server.url());
  CHECK(server.wait_for_requests(1, 0ms));
  CHECK_FALSE(server.wait_for_requests(2, 5ms));
  CHECK_FALSE(server.wait_for_applied(2, 5ms));
  CHECK_FALSE(server.wait_for_errors(1, 5ms));
  CHECK_FALSE(server.wait_until_disconnected(5ms));
}

TEST_CASE("requests that are malformed or cut short are errors and not logged") {
  const http_server server;
  for (const auto* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort"}) {
    CAPTURE(bytes);
    const raw_client client{server.port()};
    client.send(bytes);
    client.finish();
    CHECK(client.receive_all().bytes.starts_with("HTTP/1.1 400 "));
  }
  CHECK(server.errors().size() == 6);
  CHECK(server.errors().at(5) == "connection 6: bad request: it ends in its midst");
  CHECK(server.requests().empty());
}

TEST_CASE("connects are refused while the server does not listen") {
  http_server server;
  const auto url = server.url();
  for (int round = 0; round < 3; ++round) {
    curl_client before;
    CHECK(before.get(url).status == 200);
    server.stop_listening();
    CHECK(curl_client{}.get(url).code == CURLE_COULDNT_CONNECT);
    CHECK(before.get(url).status == 200);  // on the connection that it has
    server.listen_again();
    server.listen_again();
    CHECK(server.url() == url);
    CHECK(curl_client{}.get(url).status == 200);
  }
}

TEST_CASE("connections can be dropped") {
  http_server server;
  const raw_client idle{server.port()};
  curl_client client;
  client.get(server.url());
  server.enqueue({.hold = true});
  std::thread asks([&] { CHECK(curl_client{}.get(server.url()).code == CURLE_GOT_NOTHING); });
  REQUIRE(server.wait_for_requests(2, 10s));
  server.drop_connections();
  CHECK(idle.receive_all().bytes.empty());
  asks.join();
  server.release();
  CHECK(server.wait_until_disconnected(10s));
  CHECK(client.get(server.url()).status == 200);
  CHECK(server.requests().back().connection == 4);
}
