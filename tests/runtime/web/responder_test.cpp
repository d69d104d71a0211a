#include "runtime/web/responder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace sluice;

namespace {

const web::routes pages{
    {"/good",
     [] {
       return web::answer{200, "text/plain; charset=utf-8", "all is well\n"};
     }},
    {"/ill",
     [] {
       return web::answer{503, "text/plain; charset=utf-8", "not now\n"};
     }},
    {"/broken", []() -> web::answer { throw std::runtime_error("canary"); }},
};

std::string answer_to(const std::string& line, const std::string& headers = "") {
  const web::responder responder(pages);
  return responder.respond(line + "\r\n" + headers + "\r\n");
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a page is answered with its status, type and body, once for each connection") {
  const auto text = answer_to("GET /good HTTP/1.1", "Host: x\r\n");
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(text, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  CHECK(has(text, "\r\nContent-Length: 12\r\n"));
  CHECK(has(text, "\r\nConnection: close\r\n"));
  CHECK(text.ends_with("\r\n\r\nall is well\n"));
  CHECK(answer_to("GET /ill HTTP/1.1").starts_with("HTTP/1.1 503 "));
}

TEST_CASE("a query and HTTP/1.0 make no difference") {
  CHECK(answer_to("GET /good?x=1 HTTP/1.1").ends_with("all is well\n"));
  CHECK(answer_to("GET /good HTTP/1.0").ends_with("all is well\n"));
}

TEST_CASE("HEAD is answered like GET without the body") {
  const auto text = answer_to("HEAD /good HTTP/1.1");
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(has(text, "\r\nContent-Length: 12\r\n"));
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("an unknown page is answered with those that there are") {
  const auto text = answer_to("GET /goodness HTTP/1.1");
  CHECK(text.starts_with("HTTP/1.1 404 "));
  CHECK(text.ends_with("no such page; there are: /broken /good /ill\n"));
  CHECK(answer_to("GET / HTTP/1.1").starts_with("HTTP/1.1 404 "));
  CHECK(answer_to("GET /../good HTTP/1.1").starts_with("HTTP/1.1 404 "));
}

TEST_CASE("only GET and HEAD are allowed") {
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    const auto text = answer_to(std::string(method) + " /good HTTP/1.1", "Content-Length: 5\r\n");
    CHECK_MESSAGE(text.starts_with("HTTP/1.1 405 "), method);
    CHECK_MESSAGE(has(text, "\r\nAllow: GET, HEAD\r\n"), method);
  }
}

TEST_CASE("what is no HTTP is answered with 400") {
  CHECK(answer_to("hello").starts_with("HTTP/1.1 400 "));
  CHECK(answer_to("GET /good HTTP/2.0").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a page that fails says nothing about it to the client") {
  const auto text = answer_to("GET /broken HTTP/1.1");
  CHECK(text.starts_with("HTTP/1.1 500 "));
  CHECK_FALSE(has(text, "canary"));
}

TEST_CASE("a client that understands gzip gets it") {
  const auto text = answer_to("GET /good HTTP/1.1", "Accept-Encoding: gzip\r\n");
  CHECK(has(text, "\r\nContent-Encoding: gzip\r\n"));
  CHECK_FALSE(has(text, "all is well"));
}

TEST_CASE("gzip is meant by its name only, and not where it is declined") {
  const auto zipped = [](const std::string& header) {
    return has(answer_to("GET /good HTTP/1.1", header + "\r\n"), "Content-Encoding: gzip");
  };
  CHECK(zipped("accept-encoding:br , GZIP;q=0.5"));
  CHECK(zipped("X: 1\r\nAccept-Encoding: deflate, gzip"));
  CHECK_FALSE(zipped("Accept-Encoding: gzip;q=0"));
  CHECK_FALSE(zipped("Accept-Encoding: br"));
  CHECK_FALSE(zipped("Accept-Encoding: xgzip"));
  CHECK_FALSE(zipped("X: Accept-Encoding: gzip"));
  CHECK_FALSE(has(answer_to("GET /good HTTP/1.1", "Accept-Encoding: br\r\n"), "Content-Encoding"));
}

TEST_CASE("no header makes an answer larger than its page") {
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 2'600; ++i) ranges += ",0-";
  const auto plain = answer_to("GET /good HTTP/1.1");
  for (const auto& header :
       {ranges, std::string("Range: bytes=0-1"), std::string("Range: lines=1-"),
        std::string("If-Range: \"x\"\r\nRange: bytes=0-,0-"), std::string("Expect: 100-continue"),
        std::string("Content-Length: 99999999999"), std::string("Transfer-Encoding: chunked"),
        std::string("Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9"),
        std::string("Connection: keep-alive\r\nKeep-Alive: max=1000"),
        std::string("Upgrade: h2c\r\nConnection: Upgrade"), std::string("no header at all")}) {
    CAPTURE(header.substr(0, 40));
    CHECK(answer_to("GET /good HTTP/1.1", header + "\r\n") == plain);
  }
}
