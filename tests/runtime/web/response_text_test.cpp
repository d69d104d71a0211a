#include "runtime/web/response_text.hpp"

#include <doctest/doctest.h>

#include "messages/error.hpp"

using namespace sluice;
using body_end = web::response_form::body_end;

TEST_CASE("the head of a response has its status, its fields, and what the server adds") {
  const web::response r{404, {{"Content-Type", "text/plain"}}, "nothing\n"};
  CHECK(web::head_of(r, {body_end::length, true, 784111777}) ==
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: "
        "text/plain\r\nContent-Length: 8\r\nConnection: close\r\n\r\n");
  CHECK(web::head_of({200, {}, ""}, {body_end::chunks, false, 0}) ==
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nTransfer-Encoding: "
        "chunked\r\n\r\n");
  CHECK(web::head_of({200, {}, ""}, {body_end::close, true, 0}) ==
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a response that may have no body has no length") {
  for (const int status : {204, 304}) {
    CHECK_FALSE(web::may_have_body(status));
    CHECK(web::head_of({status, {}, ""}, {}).find("Content-Length") == std::string::npos);
  }
}

TEST_CASE("a status without a phrase is sent as its number") {
  CHECK(web::head_of({299, {}, ""}, {}).starts_with("HTTP/1.1 299 \r\n"));
  CHECK(web::head_of({504, {}, ""}, {}).starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
}

TEST_CASE("a field that would be several lines is not sent") {
  CHECK_THROWS_AS((void)web::head_of({200, {{"Location", "/\r\nSet-Cookie: x"}}, ""}, {}), failure);
  CHECK_THROWS_AS((void)web::head_of({200, {{"X\r\nY", "z"}}, ""}, {}), failure);
}

TEST_CASE("a chunk begins with its size in hexadecimal") {
  CHECK(web::chunk_of("x") == "1\r\nx\r\n");
  CHECK(web::chunk_of(std::string(300, 'x')) == "12c\r\n" + std::string(300, 'x') + "\r\n");
}
