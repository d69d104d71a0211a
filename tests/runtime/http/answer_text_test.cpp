#include "runtime/http/answer_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using http::status_text;

namespace {

std::string failure_text(const std::string& body) {
  return http::failure_text(http::answer_body(body));
}

}  // namespace

TEST_CASE("a failure is told in the words of the API") {
  CHECK(failure_text(R"({"message": "no such list"})") == "no such list");
  CHECK(failure_text(R"({"error": {"message": "quota", "code": 7}})") == "quota");
  CHECK(failure_text(R"({"error": "bad token"})") == "bad token");
  CHECK(failure_text(R"({"detail": "gone"})") == "gone");
  CHECK(failure_text(R"({"title": "Invalid Resource"})") == "Invalid Resource");
  CHECK(failure_text(R"({"errors": [{"message": "first"}, {"message": "second"}]})") == "first");
  CHECK(failure_text(R"({"title": "t", "message": "m"})") == "m");
  CHECK(failure_text(R"({"message": 7})") == R"({"message": 7})");
  CHECK(failure_text("") == "");
  CHECK(failure_text("<h1>Bad\r\nGateway</h1>") == R"(<h1>Bad\r\nGateway</h1>)");
  CHECK(failure_text(std::string(5'000'000, 'x')).size() == 2048);
  CHECK(failure_text(R"({"message": ")" + std::string(5'000, 'x') + "\"}").size() == 2048);
  CHECK(failure_text(std::string(2047, 'x') + "ü").size() == 2047);
}

TEST_CASE("common statuses have a name") {
  CHECK(status_text(429) == "HTTP 429 Too Many Requests");
  CHECK(status_text(418) == "HTTP 418");
}

TEST_CASE("an answer of any depth has a text") {
  constexpr std::size_t depth = 100'000;
  CHECK(failure_text(std::string(depth, '[') + std::string(depth, ']')).starts_with("[[[["));
}
