// The vectors are those of AWS's Signature Version 4 test suite, by the names that they have there.
#include "runtime/credentials/aws_signature.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::credentials;

namespace {

const aws_scope suite_scope{"us-east-1", "service"};
const timestamp suite_time = parse_timestamp("2015-08-30T12:36:00.000Z").value();

aws_keys suite_keys() { return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}}; }

struct vector {
  std::string name;
  std::string method;
  std::string target;
  std::vector<std::string> headers;
  std::string names;  ///< of the signed headers
  std::string signature;
  std::string body = {};
};

std::string authorization_of(const vector& v, const aws_keys& keys = suite_keys()) {
  http::http_request request{v.method, "https://example.amazonaws.com" + v.target, v.headers,
                             v.body, !v.body.empty()};
  sign_for_aws(request, keys, suite_scope, suite_time);
  CHECK(request.headers.at(v.headers.size()) == "X-Amz-Date: 20150830T123600Z");
  return request.headers.back();
}

std::string expected(const vector& v) {
  return "Authorization: AWS4-HMAC-SHA256 "
         "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
         v.names + ", Signature=" + v.signature;
}

const std::string plain = "host;x-amz-date";
const std::string vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

void check_all(const std::vector<vector>& suite) {
  for (const auto& v : suite) {
    CAPTURE(v.name);
    CHECK(authorization_of(v) == expected(v));
  }
}

}  // namespace

TEST_CASE("signatures of headers and bodies are those of AWS's test suite") {
  check_all({{"get-vanilla", "GET", "/", {}, plain, vanilla},
             {"get-header-key-duplicate",
              "GET",
              "/",
              {"My-Header1:value2", "My-Header1:value2", "My-Header1:value1"},
              "host;my-header1;x-amz-date",
              "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
             {"get-header-value-order",
              "GET",
              "/",
              {"My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2"},
              "host;my-header1;x-amz-date",
              "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
             {"get-header-value-trim",
              "GET",
              "/",
              {"My-Header1: value1", "My-Header2: \"a   b   c\""},
              "host;my-header1;my-header2;x-amz-date",
              "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
             {"post-vanilla",
              "POST",
              "/",
              {},
              plain,
              "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
             {"post-x-www-form-urlencoded",
              "POST",
              "/",
              {"Content-Type:application/x-www-form-urlencoded"},
              "content-type;host;x-amz-date",
              "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
              "Param1=value1"},
             {"post-x-www-form-urlencoded-parameters",
              "POST",
              "/",
              {"Content-Type:application/x-www-form-urlencoded; charset=utf8"},
              "content-type;host;x-amz-date",
              "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
              "Param1=value1"}});
}

TEST_CASE("signatures of queries are those of AWS's test suite") {
  check_all({{"get-vanilla-utf8-query",
              "GET",
              "/?\u1234=bar",
              {},
              plain,
              "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
             {"get-vanilla-empty-query-key",
              "GET",
              "/?Param1=value1",
              {},
              plain,
              "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
             {"get-vanilla-query-order-key",
              "GET",
              "/?Param1=value2&Param1=Value1",
              {},
              plain,
              "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
             {"get-vanilla-query-order-key-case",
              "GET",
              "/?Param2=value2&Param1=value1",
              {},
              plain,
              "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
             {"get-vanilla-query-order-value",
              "GET",
              "/?Param1=value2&Param1=value1",
              {},
              plain,
              "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"}});
}

TEST_CASE("signatures of paths are those of AWS's test suite") {
  check_all({{"get-vanilla, without a path", "GET", "", {}, plain, vanilla},
             {"get-unreserved",
              "GET",
              "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
              {},
              plain,
              "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
             {"get-utf8",
              "GET",
              "/\u1234",
              {},
              plain,
              "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
             {"get-relative", "GET", "/example/..", {}, plain, vanilla},
             {"get-relative-relative", "GET", "/example1/example2/../..", {}, plain, vanilla},
             {"get-slash", "GET", "//", {}, plain, vanilla},
             {"get-slash-dot-slash", "GET", "/./", {}, plain, vanilla},
             {"get-slash-pointless-dot",
              "GET",
              "/./example",
              {},
              plain,
              "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
             {"get-slashes",
              "GET",
              "//example//",
              {},
              plain,
              "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
             {"get-space",
              "GET",
              "/example space/",
              {},
              plain,
              "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"}});
}

TEST_CASE("the token of temporary keys is signed, as in post-sts-header-before") {
  auto keys = suite_keys();
  keys.session_token =
      "AQoDYXdzEPT//////////"
      "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
      "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/"
      "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
      "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"
      "scqKmlzm8FDry"
      "pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const vector v{"post-sts-header-before",
                 "POST",
                 "/",
                 {},
                 "host;x-amz-date;x-amz-security-token",
                 "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"};
  CHECK(authorization_of(v, keys) == expected(v));
}

TEST_CASE("S3 gets the hash of the body in a header, and a path that is encoded once") {
  // AWS, "Authenticating Requests: Using the Authorization Header", its example PUT Object.
  http::http_request request{
      "PUT",
      "https://examplebucket.s3.amazonaws.com/test%24file.text",
      {"Date: Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class: REDUCED_REDUNDANCY"},
      "Welcome to Amazon S3.",
      true};
  sign_for_aws(request, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}},
               {"us-east-1", "s3"}, parse_timestamp("2013-05-24T00:00:00.000Z").value());
  CHECK(request.headers.at(3) ==
        "X-Amz-Content-Sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  CHECK(request.headers.back() ==
        "Authorization: AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}
