#include "runtime/web/request_head.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

web::request_head head_of(const std::string& text) {
  auto read = web::read_head(text);
  REQUIRE(std::holds_alternative<web::request_head>(read));
  return std::get<web::request_head>(std::move(read));
}

/// The status of the refusal; 0 if there is none.
int head_refusal(const std::string& text) {
  const auto read = web::read_head(text);
  const auto* const why = std::get_if<web::refusal>(&read);
  if (why != nullptr) CHECK_FALSE(why->text.empty());
  return why != nullptr ? why->status : 0;
}

std::string with_line(const std::string& line) { return line + "\r\nHost: x\r\n\r\n"; }

std::string with_fields(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("a head says what is asked for") {
  const auto head = head_of(
      "GET /v2/a%20b/c?page=2&q=a+b%26c&empty=&&flag&page=3&cursor=ab== HTTP/1.1\r\n"
      "host: node:1\r\nX-Odd:  two words \t\r\nx-ODD:\r\n\r\n");
  const auto& asked = head.asked;
  CHECK(asked.method == "GET");
  CHECK(asked.target == "/v2/a%20b/c?page=2&q=a+b%26c&empty=&&flag&page=3&cursor=ab==");
  CHECK(asked.path == "/v2/a b/c");
  CHECK(asked.query == std::multimap<std::string, std::string>{{"page", "2"},
                                                               {"page", "3"},
                                                               {"q", "a b&c"},
                                                               {"empty", ""},
                                                               {"flag", ""},
                                                               {"cursor", "ab=="}});
  CHECK(asked.header("HOST") == "node:1");
  CHECK(asked.header("x-odd") == "two words");
  CHECK(asked.headers.count("X-Odd") == 2);
  CHECK(asked.header("missing").empty());
  CHECK_FALSE(head.closes);
  CHECK(head.length == 0);
}

TEST_CASE("header fields are taken as they are sent") {
  const auto head =
      head_of(with_fields("Authorization: Bearer a%41+b==\r\nCookie: a=\"\xc3\xa4\"\r\n"));
  CHECK(head.asked.header("authorization") == "Bearer a%41+b==");
  CHECK(head.asked.header("cookie") == "a=\"\xc3\xa4\"");
}

TEST_CASE("a connection goes on unless the client closes it or speaks HTTP/1.0") {
  CHECK_FALSE(head_of("GET / HTTP/1.1\r\n\r\n").closes);
  CHECK(head_of("GET / HTTP/1.0\r\n\r\n").closes);
  CHECK(head_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").closes);
  CHECK(head_of(with_fields("Connection: close\r\n")).closes);
  CHECK(head_of(with_fields("connection: TE, Close\r\n")).closes);
  CHECK(head_of(with_fields("Connection: TE\r\nConnection: close\r\n")).closes);
  CHECK_FALSE(head_of(with_fields("Connection: keep-alive, closely\r\n")).closes);
}

TEST_CASE("the end of a body is known from its head") {
  CHECK(head_of(with_fields("Content-Length: 0012\r\n")).length == 12);
  CHECK(head_of(with_fields("content-length:1073741824\r\n")).length == 1073741824);
  const auto chunked = head_of(with_fields("Transfer-Encoding: Chunked\r\n"));
  CHECK(chunked.is_chunked);
  CHECK(chunked.length == 0);
}

TEST_CASE("a client that waits for a word before its body says so") {
  CHECK(head_of(with_fields("Expect: 100-Continue\r\nContent-Length: 1\r\n")).awaits_go_ahead);
  CHECK(head_of(with_fields("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"))
            .awaits_go_ahead);
  CHECK_FALSE(head_of(with_fields("Expect: 100-continue\r\n")).awaits_go_ahead);
  CHECK_FALSE(head_of("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
                  .awaits_go_ahead);
  CHECK(head_refusal(with_fields("Expect: coffee\r\n")) == 417);
}

TEST_CASE("a first line that is no HTTP/1.0 or 1.1 is refused") {
  for (const auto* line :
       {"hello", "", "GET", "GET /", "GET / ", "GET  / HTTP/1.1", "GET / HTTP/1.1 ",
        " GET / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.2", "GET / http/1.1", "GET / HTTP/1.10",
        "GET / HTTP/0.9", "GET\t/\tHTTP/1.1", "G(T / HTTP/1.1", "GET / HTTP/1.1\r",
        "GET /\r / HTTP/1.1"}) {
    CAPTURE(line);
    CHECK(head_refusal(with_line(line)) == 400);
  }
}

TEST_CASE("a target that is no path is refused") {
  for (const auto* target : {"*", "x", "http://x/", "//\x01", "/a\x80", "/a#b", "/%00", "/%0a",
                             "/%7f", "x:80", "?a=b"}) {
    CAPTURE(target);
    CHECK(head_refusal(with_line(std::string("GET ") + target + " HTTP/1.1")) == 400);
  }
  CHECK(head_refusal(with_line("GET /a?b?c HTTP/1.1")) == 0);
  CHECK(head_refusal(with_line("GET /100% HTTP/1.1")) == 0);
}

TEST_CASE("a method that nobody knows is for those to refuse who know the path") {
  CHECK(head_of(with_line("BREW /pot HTTP/1.1")).asked.method == "BREW");
}

TEST_CASE("a body whose end can be understood in two ways is refused") {
  const std::string nul(1, '\0');
  for (const auto& fields : std::vector<std::string>{
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 2\r\n",
           "Content-Length: 1\r\ncontent-length: 1\r\n",
           "Content-Length: 1, 1\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x1\r\n",
           "Content-Length: 1 1\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Content-Length : 1\r\n",
           "Transfer-Encoding\t: chunked\r\n",
           " Content-Length: 1\r\n",
           "X: y\r\n Content-Length: 1\r\n",
           "X: y\r\n\tfolded\r\n",
           "Content-Length: 1" + nul + "\r\n",
           "Content" + nul + "-Length: 1\r\n",
           "X: a\rContent-Length: 1\r\n",
           "Content-Length\r\n",
           ": 1\r\n",
           "X\x01Y: 1\r\n",
           "Host: y\r\n",
       }) {
    CAPTURE(fields);
    CHECK(head_refusal(with_fields(fields)) == 400);
  }
  CHECK(head_refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("an encoding of a body that nobody here understands is refused as such") {
  for (const auto* coding :
       {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "chunkedx",
        "\x0b"
        "chunked",
        "", "\"chunked\"", "chunked;q=1"}) {
    CAPTURE(coding);
    const auto status =
        head_refusal(with_fields(std::string("Transfer-Encoding: ") + coding + "\r\n"));
    CHECK((status == 501 || status == 400));
  }
  CHECK(head_refusal(with_fields("Transfer-Encoding: gzip, chunked\r\n")) == 501);
}

TEST_CASE("a head with more fields than any client sends is refused") {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";
  CHECK(head_refusal(with_fields(fields)) == 0);
  CHECK(head_refusal(with_fields(fields + "X: y\r\n")) == 431);
}

TEST_CASE("the target of a broken head is found if there is one") {
  CHECK(web::target_in("POST /v2/x?y HTTP/9\r\nbroken") == "/v2/x?y");
  CHECK(web::target_in("POST /v2/x") == "/v2/x");
  CHECK(web::target_in("POST").empty());
  CHECK(web::target_in("").empty());
  CHECK(web::target_in("GET /\x01 HTTP/1.1").empty());
}
