#include "runtime/http/answer_body.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using sluice::http::answer_body;

TEST_CASE("a body is a document, or says why it is none") {
  const answer_body body(R"({"a": [1, 2]})");
  REQUIRE(body.document() != nullptr);
  CHECK((*body.document())["a"][1] == 2);
  CHECK(body.document() == body.document());
  const auto why = [](const std::string& text, const std::string& problem = "") {
    const answer_body bad(text, problem);
    CHECK(bad.document() == nullptr);
    return bad.why_no_document();
  };
  CHECK(why("") == "the answer has no body");
  CHECK(why("OK").starts_with("the answer is not JSON that can be read"));
  CHECK(why("[1, ", "the answer is larger than max_answer (4MB)") ==
        "the answer is larger than max_answer (4MB)");
  CHECK(why("\"\xe9\"") == "the answer is not UTF-8");
  CHECK(why("[1e999]") == "the answer is not JSON that can be read");
  CHECK(why(std::string(100'000, '[')) == "the answer is nested too deeply");
}

TEST_CASE("a page for people is told from what programs say") {
  for (const auto* page :
       {"<!DOCTYPE html><html>", "<!doctype HTML>", "\n\n<html>", "<HTML lang=\"en\">",
        "\xef\xbb\xbf<!DOCTYPE html>", "<!-- maintenance -->\n<!DOCTYPE html>",
        "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">"}) {
    CAPTURE(page);
    CHECK(answer_body(page).is_page("application/json"));
    CHECK(answer_body(page).is_page(""));
  }
  // Frameworks call whatever text they are given HTML.
  for (const auto* text : {"OK", "", "1", R"({"ok": true})", "success < 3"}) {
    CAPTURE(text);
    CHECK_FALSE(answer_body(text).is_page("text/html; charset=UTF-8"));
  }
  CHECK(answer_body("<h1>Sign in</h1>").is_page("text/html; charset=UTF-8"));
  CHECK(answer_body("<br />\n<b>Fatal error</b>: ...").is_page("Text/HTML"));
  for (const auto* markup : {"<?xml version=\"1.0\"?><response/>", "<ok/>", "<htmlx>"})
    CHECK_FALSE(answer_body(markup).is_page("application/xml"));
}

TEST_CASE("a page is called by its title") {
  CHECK(answer_body("<html><head><TITLE id=\"t\">\n Sign in  </title>").title() == "\"Sign in\"");
  CHECK(answer_body("<html><title></title>").title() == "");
  CHECK(answer_body("<html><title").title() == "");
  CHECK(answer_body("<html>").title() == "");
  CHECK(answer_body("<title>a\r\nb</title>").title() == "\"a\\r\\nb\"");
}
