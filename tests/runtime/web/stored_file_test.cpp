#include "runtime/web/stored_file.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/web/asked_page.hpp"
#include "tests/support/gzip.hpp"

using namespace sluice;
using test::field;

namespace {

web::request asking_file(const std::string& method, const web::fields& headers = {}) {
  return test::asking(method, "/ui/x", headers);
}

const web::console_file& page() { return *web::find_console_file(""); }

}  // namespace

TEST_CASE("a file goes out as it is stored, or inflated for clients that do not take gzip") {
  const auto zipped =
      web::respond_with(&page(), asking_file("GET", {{"Accept-Encoding", "gzip, br"}}));
  CHECK(zipped.status == 200);
  CHECK(field(zipped, "Content-Encoding") == "gzip");
  CHECK(field(zipped, "Content-Type") == "text/html; charset=utf-8");
  CHECK(zipped.body == page().gzipped);
  const auto plain = web::respond_with(&page(), asking_file("GET"));
  CHECK(field(plain, "Content-Encoding").empty());
  CHECK(plain.body == test::gunzip(page().gzipped));
  for (const auto& r : {zipped, plain}) {
    CHECK(field(r, "Vary") == "Accept-Encoding");
    CHECK(field(r, "Cache-Control") == "no-cache");
  }
}

TEST_CASE("a file that the client knows is not sent again") {
  const auto tag = field(web::respond_with(&page(), asking_file("GET")), "ETag");
  CHECK(tag.size() > 30);
  const std::string strong(page().etag);
  for (const auto& known : {tag, strong, "\"x\", " + tag, tag + ",\"y\"", std::string("*")}) {
    CAPTURE(known);
    const auto r = web::respond_with(&page(), asking_file("GET", {{"If-None-Match", known}}));
    CHECK(r.status == 304);
    CHECK(r.body.empty());
    CHECK(field(r, "ETag") == tag);
  }
  for (const auto& other :
       {std::string("\"x\""), strong.substr(1), std::string("W/"), std::string(",")}) {
    CAPTURE(other);
    CHECK(web::respond_with(&page(), asking_file("GET", {{"If-None-Match", other}})).status == 200);
  }
}

TEST_CASE("files are only read") {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    CAPTURE(method);
    const auto r = web::respond_with(&page(), asking_file(method));
    CHECK(r.status == 405);
    CHECK(field(r, "Allow") == "GET, HEAD");
  }
  CHECK(web::respond_with(&page(), asking_file("HEAD")).status == 200);
  CHECK(web::respond_with(nullptr, asking_file("GET")).status == 404);
}

TEST_CASE("every answer keeps other sites out") {
  for (const auto& r : {web::respond_with(&page(), asking_file("GET")),
                        web::respond_with(nullptr, asking_file("GET")),
                        web::respond_with(&page(), asking_file("PUT")),
                        web::respond_with(&page(), asking_file("GET", {{"If-None-Match", "*"}}))}) {
    CAPTURE(r.status);
    const auto policy = field(r, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; "));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(field(r, "X-Content-Type-Options") == "nosniff");
    CHECK(field(r, "Referrer-Policy") == "no-referrer");
    CHECK(field(r, "Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(field(r, "Cross-Origin-Resource-Policy") == "same-origin");
  }
}
