#include "runtime/config/commented_json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace sluice::config;

namespace {

std::string shown(const char* json, const std::set<std::string>& marked = {},
                  std::size_t width = 30) {
  return commented_json(ordered_json::parse(json), marked, "// default", width);
}

}  // namespace

TEST_CASE("what fits stands on one line") {
  CHECK(shown("{}") == "{}\n");
  CHECK(shown(R"({"a":[1,"b",{"c":null}]})") == "{\"a\": [1, \"b\", {\"c\": null}]}\n");
}

TEST_CASE("what does not fit is broken, outermost first") {
  CHECK(shown(R"({"name":"customers","key":["id","shop"],"delivery":{"writers":2,"window":8}})") ==
        "{\n"
        "  \"name\": \"customers\",\n"
        "  \"key\": [\"id\", \"shop\"],\n"
        "  \"delivery\": {\n"
        "    \"writers\": 2,\n"
        "    \"window\": 8\n"
        "  }\n"
        "}\n");
  CHECK(shown(R"(["a text that is longer than a line"])") ==
        "[\n  \"a text that is longer than a line\"\n]\n");
}

TEST_CASE("comments stand behind what is marked, under each other") {
  CHECK(shown(R"({"a":1,"long":22,"given":3})", {"/a", "/long"}) ==
        "{\n"
        "  \"a\": 1,      // default\n"
        "  \"long\": 22,  // default\n"
        "  \"given\": 3\n"
        "}\n");
}

TEST_CASE("a long line does not pull the comments of others away from them") {
  CHECK(shown(R"({"a":1,"long":"twenty letters, or more","given":3})", {"/a", "/long"}, 40) ==
        "{\n"
        "  \"a\": 1,  // default\n"
        "  \"long\": \"twenty letters, or more\",  // default\n"
        "  \"given\": 3\n"
        "}\n");
}

TEST_CASE("an object of which everything is marked has one comment") {
  CHECK(shown(R"({"a":1,"in":{"x":2,"y":3}})", {"/in/x", "/in/y"}, 40) ==
        "{\n"
        "  \"a\": 1,\n"
        "  \"in\": {\"x\": 2, \"y\": 3}  // default\n"
        "}\n");
  CHECK(shown(R"({"in":{"x":2,"y":3}})", {"/in/y"}, 40) ==
        "{\n"
        "  \"in\": {\n"
        "    \"x\": 2,\n"
        "    \"y\": 3  // default\n"
        "  }\n"
        "}\n");
}

TEST_CASE("keys that need it are escaped, in the text and in pointers") {
  CHECK(shown(R"({"a/b":1,"c\"d":2})", {"/a~1b"}) ==
        "{\n"
        "  \"a/b\": 1,  // default\n"
        "  \"c\\\"d\": 2\n"
        "}\n");
}
