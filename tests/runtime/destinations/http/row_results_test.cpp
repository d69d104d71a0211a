#include "runtime/destinations/http/row_results.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using config::http_results;
using config::template_variable;
using destinations::read_results;
using destinations::row_verdict;
using destinations::row_verdicts;
using kind = destinations::row_verdict::kind;

namespace {

const row_verdict delivered{kind::delivered, {}};
const row_verdict unknown{kind::unknown, {}};
row_verdict rejected(std::string reason) { return {kind::rejected, std::move(reason)}; }

/// A list of all rows, by position: `{"status": "ok"}`, or `{"status": …, "why": …}`.
http_results every_row() {
  http_results out;
  out.items = "/all";
  out.ok = {"/status", {R"("ok")", "200"}};
  out.error = "/why";
  return out;
}

/// A list of failures: `{"index": 1, "why": …}`.
http_results failing_rows() {
  http_results out;
  out.lists = http_results::listing::failed_rows;
  out.items = "/bad";
  out.match = http_results::by_index{"/index"};
  out.error = "/why";
  return out;
}

/// By the value of a field: `{"mail": …}`.
http_results by_mail(http_results results) {
  results.match = http_results::by_value{{template_variable::name::row, {"email"}, false}, "/mail"};
  return results;
}

row_verdicts read_rows(const http_results& results, const std::string& body, std::size_t rows,
                       const std::vector<std::string>& values = {}) {
  return read_results(results, http::answer_body(body), rows, values);
}

std::vector<row_verdict> verdicts(const http_results& results, const std::string& body,
                                  std::size_t rows, const std::vector<std::string>& values = {}) {
  auto told = read_rows(results, body, rows, values);
  CHECK(told.unreadable == "");
  CHECK(told.rows.size() == rows);
  return told.rows;
}

}  // namespace

TEST_CASE("an item may say that its row is there already, or is not there") {
  for (auto results : {every_row(), failing_rows()}) {
    results.items = "/all";
    results.exists = {"/status", {R"("dup")"}};
    results.missing = {"/status", {R"("none")", "404"}};
    const auto told = verdicts(results, R"({"all": [
        {"index": 0, "status": "dup", "why": "is there"}, {"index": 1, "status": 404},
        {"index": 2, "status": "bad", "why": "bad"}]})",
                               3);
    CHECK(told[0] == row_verdict{kind::exists, "is there"});
    CHECK(told[1].what == kind::missing);
    CHECK(told[2] == rejected("bad"));
  }
}

TEST_CASE("a list of all rows is read by position") {
  const std::string body = R"({"all": [{"status": "ok"}, {"status": "no", "why": "email is taken"},
                                       {"status": 200}, {"status": "200"}]})";
  CHECK(verdicts(every_row(), body, 4) == std::vector{delivered, rejected("email is taken"),
                                                      delivered, rejected(R"({"status":"200"})")});
}

TEST_CASE("without an outcome every row that is listed was delivered") {
  http_results results;  // the answer itself is the list
  CHECK(verdicts(results, R"([1, {"a": 2}, null])", 3) ==
        std::vector{delivered, delivered, delivered});
}

TEST_CASE("a list that is too short leaves rows unknown and one that is too long tells no more") {
  CHECK(verdicts(every_row(), R"({"all": [{"status": "ok"}]})", 2) ==
        std::vector{delivered, unknown});
  CHECK(verdicts(every_row(), R"({"all": [{"status": "ok"}, {"status": "no"}]})", 1) ==
        std::vector{delivered});
}

TEST_CASE("items are matched by index in whatever order they come") {
  auto results = every_row();
  results.match = http_results::by_index{"/n"};
  CHECK(verdicts(results,
                 R"({"all": [{"n": 2, "status": "ok"}, {"n": "0", "status": "no", "why": "a"},
                             {"n": 1, "status": "ok"}]})",
                 3) == std::vector{rejected("a"), delivered, delivered});
  CHECK(verdicts(results,
                 R"({"all": [{"n": 3, "status": "ok"}, {"n": -1, "status": "ok"}, {"status": "ok"},
                             {"n": 1.0, "status": "ok"}, {"n": null, "status": "ok"},
                             {"n": [0], "status": "ok"}, {"n": "00", "status": "ok"},
                             {"n": 18446744073709551616, "status": "ok"}, 7,
                             {"n": 2, "status": "ok"}]})",
                 3) == std::vector{unknown, unknown, delivered});
}

TEST_CASE("items are matched by a value in whatever order they come") {
  const auto results = by_mail(every_row());
  CHECK(verdicts(results,
                 R"({"all": [{"mail": "b@x", "status": "no", "why": "b"}, {"mail": "stray",
                             "status": "no"}, {"mail": "a@x", "status": "ok"}]})",
                 3, {"a@x", "b@x", "c@x"}) == std::vector{delivered, rejected("b"), unknown});
  // Numbers and booleans compare as they are written in JSON.
  CHECK(verdicts(results,
                 R"({"all": [{"mail": 7, "status": "ok"}, {"mail": true, "status": "ok"}]})", 2,
                 {"7", "true"}) == std::vector{delivered, delivered});
}

TEST_CASE("rows that share the value that is compared share the outcome") {
  CHECK(verdicts(by_mail(every_row()), R"({"all": [{"mail": "a", "status": "no", "why": "x"}]})", 3,
                 {"a", "b", "a"}) == std::vector{rejected("x"), unknown, rejected("x")});
}

TEST_CASE("a row that is told of twice failed if it failed once") {
  auto results = every_row();
  results.match = http_results::by_index{"/n"};
  const std::string ok = R"({"n": 0, "status": "ok"})";
  const std::string no = R"({"n": 0, "status": "no", "why": "first"})";
  const std::string other = R"({"n": 0, "status": "no", "why": "second"})";
  const auto list = [](const std::string& a, const std::string& b) {
    return R"({"all": [)" + a + ", " + b + "]}";
  };
  CHECK(verdicts(results, list(ok, no), 1) == std::vector{rejected("first")});
  CHECK(verdicts(results, list(no, ok), 1) == std::vector{rejected("first")});
  CHECK(verdicts(results, list(no, other), 1) == std::vector{rejected("first")});
}

TEST_CASE("rows that a list of failures leaves out were delivered") {
  CHECK(verdicts(failing_rows(), R"({"bad": [{"index": 1, "why": "no such list"}]})", 3) ==
        std::vector{delivered, rejected("no such list"), delivered});
  for (const auto* body : {R"({"bad": []})", R"({"bad": null})", R"({"message": "success"})", "{}"})
    CHECK(verdicts(failing_rows(), body, 2) == std::vector{delivered, delivered});
}

TEST_CASE("a failure that is about no row of the request may be about any of them") {
  CHECK(verdicts(failing_rows(), R"({"bad": [{"index": 1, "why": "a"}, {"index": 9}]})", 3) ==
        std::vector{unknown, rejected("a"), unknown});
  CHECK(read_rows(failing_rows(), R"({"bad": [{"why": "quota"}]})", 2).unreadable ==
        "the answer tells of no row of the request");
}

TEST_CASE("an answer that tells nothing is unreadable, and says why") {
  const auto why = [](const http_results& results, const std::string& body) {
    return read_rows(results, body, 1).unreadable;
  };
  for (const auto* body : {"OK", "<html>", "NaN", R"({"all": [{"status": NaN}]})"}) {
    CHECK(why(every_row(), body).starts_with("the answer is not JSON that can be read (from byte"));
    CHECK(why(failing_rows(), body).starts_with("the answer is not JSON that can be read"));
  }
  for (const auto* body : {"{", R"({"all": [)", R"({"all": [{"status": "ok"}])"})
    CHECK(why(every_row(), body) == "the answer is JSON that ends too early");
  CHECK(why(every_row(), "{\"all\": [{\"status\": \"ok\", \"name\": \"J\xfcrgen\"}]}") ==
        "the answer is not UTF-8");
  for (const auto* body : {"", " \r\n"}) CHECK(why(every_row(), body) == "the answer has no body");
  for (const auto* body : {"{}", "[]", "7", "null", R"({"all": null})"})
    CHECK(why(every_row(), body) == "the answer has nothing at \"/all\"");
  for (const auto* body : {R"({"all": "x"})", R"({"all": 0})", R"({"all": false})"})
    CHECK(why(every_row(), body) == "what the answer has at \"/all\" is no array");
  // An empty object tells nothing, nor does a list that was written as one.
  for (const auto* body : {R"({"all": {}})", R"({"all": {"0": {"status": "ok"}}})"})
    CHECK(why(every_row(), body) ==
          "what the answer has at \"/all\" is no array and tells no outcome");
  CHECK(why(every_row(), R"({"all": []})") == "the answer tells of no row of the request");
}

TEST_CASE("a body that came in part is read only if what came is whole") {
  const auto part = [](const std::string& body) {
    return read_results(every_row(), http::answer_body(body, "the answer ends too early"), 1, {});
  };
  CHECK(part(R"({"all": [{"sta)").unreadable == "the answer ends too early");
  CHECK(part("").unreadable == "the answer ends too early");
  CHECK(part(R"({"all": [{"status": "ok"}]})").rows == std::vector{delivered});
}

TEST_CASE("no failures are listed by nothing, and by whatever is empty") {
  for (const auto* body : {"", "\n", "null", R"({"bad": {}})", R"({"bad": false})",
                           R"({"bad": ""})", "\xef\xbb\xbf{}"})
    CHECK(verdicts(failing_rows(), body, 2) == std::vector{delivered, delivered});
  for (const auto* body : {R"({"bad": {"0": "taken"}})", R"({"bad": true})", R"({"bad": "no"})"})
    CHECK(read_rows(failing_rows(), body, 2).unreadable ==
          "what the answer has at \"/bad\" is no array");
}

TEST_CASE("an object that tells an outcome is one item") {
  http_results slack;  // {"ok": false, "error": "user_not_found"}
  slack.ok = {"/ok", {"true"}};
  slack.error = "/error";
  for (const bool per_row : {false, true}) {
    if (per_row) slack.match = http_results::only_row{};
    CHECK(verdicts(slack, R"({"ok": true})", 1) == std::vector{delivered});
    CHECK(verdicts(slack, R"({"ok": false, "error": "user_not_found"})", 1) ==
          std::vector{rejected("user_not_found")});
    CHECK(verdicts(slack, R"({"error": "ratelimited"})", 1) ==
          std::vector{rejected("ratelimited")});
    CHECK_FALSE(read_rows(slack, R"({"job": 7})", 1).unreadable.empty());
  }
  slack.match = http_results::by_position{};
  // It is about all rows of a batch alike.
  CHECK(verdicts(slack, R"({"ok": true})", 3) == std::vector{delivered, delivered, delivered});
  const auto refuses = [&](const std::string& body) {
    return destinations::refuses_batch(slack, http::answer_body(body));
  };
  CHECK(refuses(R"({"ok": false})"));
  for (const auto* body : {R"({"ok": true})", R"([{"ok": false}])", "{}", "", "<html>"})
    CHECK_FALSE(refuses(body));
  // By a value it is about the rows that have it.
  CHECK(verdicts(by_mail(slack), R"({"ok": true, "mail": "b"})", 2, {"a", "b"}) ==
        std::vector{unknown, delivered});
}

TEST_CASE("every item of an answer to a request for a row is about that row") {
  auto results = failing_rows();
  results.items = "/errors";
  results.error = "/message";
  results.match = http_results::only_row{};
  CHECK(verdicts(results, R"({"data": {"create": {"id": 7}}})", 1) == std::vector{delivered});
  CHECK(verdicts(results, R"({"data": null, "errors": [{"message": "taken"}, {"message": "x"}]})",
                 1) == std::vector{rejected("taken")});
  CHECK(verdicts(results, R"({"errors": {"message": "taken"}})", 1) ==
        std::vector{rejected("taken")});
  CHECK(verdicts(results, R"({"errors": "taken"})", 1) == std::vector{rejected("taken")});
  auto all = every_row();
  all.match = http_results::only_row{};
  CHECK(verdicts(all, R"({"all": [{"status": "ok"}, {"status": "no", "why": "half"}]})", 1) ==
        std::vector{rejected("half")});
}

TEST_CASE("items of any type are answers about their rows") {
  CHECK(verdicts(every_row(), R"({"all": [null, 7, "text", [], {"status": {"status": "ok"}},
                                          {"status": "ok"}]})",
                 6) == std::vector{rejected("null"), rejected("7"), rejected("text"),
                                   rejected("[]"), rejected(R"({"status":{"status":"ok"}})"),
                                   delivered});
  CHECK(verdicts(failing_rows(), R"({"bad": [{"index": 0, "why": {"code": 7}},
                                            {"index": 1, "why": null}]})",
                 2) == std::vector{rejected(R"({"code":7})"), rejected("null")});
}

TEST_CASE("reasons are short and stay on one line") {
  const auto reason = [](const std::string& why) {
    return verdicts(failing_rows(), R"({"bad": [{"index": 0, "why": ")" + why + R"("}]})", 1)
        .at(0)
        .reason;
  };
  CHECK(reason(R"(two\nlines \u001b[31m)") == R"(two\nlines \x1b[31m)");
  CHECK(reason(std::string(10'000, 'x')).size() == 2048);
  const auto cut = reason(std::string(2047, 'x') + "ü");
  CHECK(cut == std::string(2047, 'x'));
}

TEST_CASE("deeply nested answers do no harm") {
  constexpr std::size_t depth = 100'000;
  const auto nested = std::string(depth, '[') + std::string(depth, ']');
  CHECK_FALSE(read_rows(every_row(), nested, 1).unreadable.empty());
  CHECK_FALSE(read_rows(every_row(), std::string(depth, '['), 1).unreadable.empty());
  for (const auto& body :
       {R"({"bad": [{"index": 0, "why": )" + nested + "}]}", R"({"bad": [)" + nested + "]}",
        R"({"bad": [{"index": )" + nested + "}]}"})
    CHECK_FALSE(read_rows(failing_rows(), body, 1).unreadable.empty());
  CHECK_FALSE(
      read_rows(every_row(), R"({"all": [{"status": )" + nested + "}]}", 1).unreadable.empty());
}

TEST_CASE("large answers about many rows are read in no time") {
  constexpr std::size_t rows = 20'000;
  std::string all = R"({"all": [)";
  std::string bad = R"({"bad": [)";
  std::vector<std::string> values;
  for (std::size_t i = rows; i-- > 0;) {
    const auto n = std::to_string(i);
    const auto* const comma = i == 0 ? "" : ",";
    all += R"({"mail": "m)" + n + R"(", "status": "ok"})" + comma;
    bad += R"({"index": )" + n + R"(, "why": "w"})" + comma;
    values.push_back("m" + n);
  }
  all += "]}";
  bad += "]}";
  for (const auto& verdict : verdicts(by_mail(every_row()), all, rows, values))
    REQUIRE(verdict == delivered);
  for (const auto& verdict : verdicts(failing_rows(), bad, rows)) REQUIRE(verdict == rejected("w"));
}

TEST_CASE("values that the API spells otherwise are found under its identity") {
  using enum identity_step;
  const auto results = by_mail(failing_rows());
  const auto told = [&](const std::string& mail, const identity_column& identity) {
    return read_results(results,
                        http::answer_body(R"({"bad": [{"mail": )" + mail + R"(, "why": "no"}]})"),
                        2, std::vector<std::string>{"Ada@x.zz", "b@x.zz"}, identity);
  };
  const std::vector found{rejected("no"), delivered};
  CHECK(told(R"("Ada@x.zz")", identity_form::text).rows == found);
  CHECK(told(R"("ada@x.zz")", identity_form::text).stray);
  CHECK(told(R"(" ADA@X.ZZ")", {identity_form::text, {trim, lower}}).rows == found);
  // What it keeps in the place of the value, or the value itself.
  const identity_column hashed(identity_form::text, {lower, md5});
  CHECK(told(R"("d1b1faff551b83fac6c3f32020058616")", hashed).rows == found);
  CHECK(told(R"("ada@X.zz")", hashed).rows == found);
  CHECK(told(R"("c@x.zz")", hashed).stray);
}

TEST_CASE("numbers are matched by their value") {
  auto results = by_mail(every_row());
  results.ok.reset();
  CHECK(read_results(results, http::answer_body(R"({"all": [{"mail": 5}, {"mail": "6.0"}]})"), 2,
                     std::vector<std::string>{"5.00", "6"}, identity_form::number)
            .rows == std::vector{delivered, delivered});
}

TEST_CASE("rows that are one to the API share what it says of either") {
  const auto told = read_results(by_mail(failing_rows()),
                                 http::answer_body(R"({"bad": [{"mail": "a@x", "why": "no"}]})"), 2,
                                 std::vector<std::string>{"A@x", "a@x"},
                                 identity_column(identity_form::text, {identity_step::lower}));
  CHECK(told.rows == std::vector{rejected("no"), rejected("no")});
}

TEST_CASE("what is said of the only row of a request is about it, whatever it is called there") {
  const std::vector<std::string> ada{"ada@x"};
  CHECK(verdicts(by_mail(failing_rows()), R"({"bad": [{"mail": "?", "why": "no"}]})", 1, ada) ==
        std::vector{rejected("no")});
  CHECK(verdicts(by_mail(failing_rows()), R"({"bad": [{"why": "no"}, {"why": "never"}]})", 1,
                 ada) == std::vector{rejected("no")});
  CHECK(verdicts(by_mail(every_row()), R"({"all": [{"status": "ok"}]})", 1, ada) ==
        std::vector{delivered});
  CHECK(verdicts(failing_rows(), R"({"bad": [{"index": 7, "why": "no"}]})", 1) ==
        std::vector{rejected("no")});
  // Of two, one is about something else.
  CHECK(read_rows(by_mail(every_row()), R"({"all": [{"status": "ok"}, {"status": "ok"}]})", 1, ada)
            .rows == std::vector{unknown});
}
