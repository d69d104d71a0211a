#include "runtime/config/section.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace sluice::config;

namespace {

/// A document that is read, and what came of it.
struct read_document {
  explicit read_document(const char* json) : document(ordered_json::parse(json)) {}

  [[nodiscard]] json_value root() const { return {document, context}; }
  [[nodiscard]] std::string problems() const { return to_text(found); }

  ordered_json document;
  std::vector<problem> found;
  reading context{"f", found};
};

using noted = std::vector<std::pair<std::string, ordered_json>>;

}  // namespace

TEST_CASE(
    "a member that a section was never asked for is unknown, and said before all else in it") {
  read_document f(R"({"window": "x", "windw": 1, "port": 2})");
  {
    section root(f.root());
    CHECK(root.number("window", {1, 9}, 8) == 8);
    static_cast<void>(root.member("writers"));
  }
  CHECK(f.problems() ==
        "f:/windw: unknown key \"windw\"; did you mean \"window\"?\n"
        "f:/port: unknown key \"port\"; known here: \"window\", \"writers\"\n"
        "f:/window: is a string; it must be a whole number from 1 to 9\n");
}

TEST_CASE("unknown members of a section inside stand behind those of the one around it") {
  read_document f(R"({"in": {"x": 1}, "y": 2})");
  {
    section root(f.root());
    section in(root.member("in"));
    static_cast<void>(in.member("known"));
  }
  CHECK(f.problems() ==
        "f:/y: unknown key \"y\"; only \"in\" is known here\n"
        "f:/in/x: unknown key \"x\"; only \"known\" is known here\n");
}

TEST_CASE("of a section that is dismissed nothing is unknown") {
  read_document f(R"({"a": 1})");
  section(f.root()).dismiss();
  CHECK(f.problems() == "");
}

TEST_CASE("nothing is missing in a section that is absent or no object") {
  read_document f(R"({"in": 5})");
  {
    section root(f.root());
    section in(root.member("in"));
    section absent(root.member("absent"));
    CHECK_FALSE(in);
    CHECK_FALSE(absent);
    CHECK_FALSE(in.required("key", "say it").present());
    CHECK_FALSE(absent.required("key", "say it").present());
  }
  CHECK(f.problems() == "f:/in: is a number; it must be an object\n");
}

TEST_CASE("defaults are noted where something is left out, also with all that is around it") {
  using namespace std::chrono_literals;
  read_document f(R"({"given": true})");
  section root(f.root());
  CHECK(root.boolean("given", false));
  CHECK(root.duration("timeout", 1s, 1h, 60s) == 60s);
  section in(root.member("in"));
  CHECK(in.bytes("most", 1, 10'000'000, 1'000'000) == 1'000'000);
  CHECK(in.word<int>("level", {{"low", 1}, {"high", 2}}, 2) == 2);
  CHECK(f.context.notes.defaults ==
        noted{{"/timeout", "1m"}, {"/in/most", "1MB"}, {"/in/level", "high"}});
}

TEST_CASE("a section goes on with what was filled in for it") {
  read_document f(R"({"preset": "p"})");
  {
    section root(f.root());
    static_cast<void>(root.member("preset"));
    root.read_from({{"preset", "p"}, {"url", "u"}, {"wrong", 1}});
    CHECK(root.member("url").as_text() == "u");
  }
  CHECK(f.problems() == "f:/wrong: unknown key \"wrong\"; known here: \"preset\", \"url\"\n");
}
