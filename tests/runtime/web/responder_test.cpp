#include "runtime/web/responder.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "runtime/web/accepted_coding.hpp"
#include "tests/runtime/web/asked_page.hpp"
#include "tests/support/gzip.hpp"

using namespace sluice;
using test::asking;
using test::field;

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

web::response answer_to(const std::string& method, const std::string& path,
                        const web::fields& headers = {}) {
  return web::respond(pages, asking(method, path, headers));
}

}  // namespace

TEST_CASE("a page is answered with its status, type and body") {
  const auto r = answer_to("GET", "/good");
  CHECK(r.status == 200);
  CHECK(field(r, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(field(r, "Cache-Control") == "no-store");
  CHECK(r.body == "all is well\n");
  CHECK(answer_to("GET", "/ill").status == 503);
  CHECK(answer_to("HEAD", "/good").status == 200);
}

TEST_CASE("an unknown page is answered with those that there are") {
  for (const auto* path : {"/goodness", "/", "/../good", "/good/", "good"}) {
    CAPTURE(path);
    const auto r = answer_to("GET", path);
    CHECK(r.status == 404);
    CHECK(r.body == "no such page; there are: /broken /good /ill\n");
  }
}

TEST_CASE("only GET and HEAD are allowed") {
  for (const auto* method :
       {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "BREW"}) {
    CAPTURE(method);
    const auto r = answer_to(method, "/good");
    CHECK(r.status == 405);
    CHECK(field(r, "Allow") == "GET, HEAD");
  }
}

TEST_CASE("a page that fails says nothing about it to the client") {
  const auto r = answer_to("GET", "/broken");
  CHECK(r.status == 500);
  CHECK(r.body.find("canary") == std::string::npos);
}

TEST_CASE("a client that understands gzip gets it") {
  const auto r = answer_to("GET", "/good", {{"Accept-Encoding", "gzip"}});
  CHECK(field(r, "Content-Encoding") == "gzip");
  CHECK(test::gunzip(r.body) == "all is well\n");
}

TEST_CASE("gzip is meant by its name only, and not where it is declined") {
  for (const auto* taken : {"gzip", "br , GZIP;q=0.5", "deflate, gzip", "gzip;q=0.001", " gzip "}) {
    CAPTURE(taken);
    CHECK(web::accepts_gzip(taken));
  }
  for (const auto* not_taken : {"", "gzip;q=0", "gzip;q=0.000", "br", "xgzip", "gzipx", "x;gzip"}) {
    CAPTURE(not_taken);
    CHECK_FALSE(web::accepts_gzip(not_taken));
  }
}

TEST_CASE("no header makes an answer larger than its page") {
  const auto plain = answer_to("GET", "/good");
  for (const auto& [name, value] : web::fields{{"Range", "bytes=0-,0-,0-"},
                                               {"Range", "lines=1-"},
                                               {"If-Range", "\"x\""},
                                               {"Accept-Encoding", "br"},
                                               {"If-None-Match", "*"}}) {
    CAPTURE(name);
    const auto r = answer_to("GET", "/good", {{name, value}});
    CHECK(r.status == plain.status);
    CHECK(r.headers == plain.headers);
    CHECK(r.body == plain.body);
  }
}
