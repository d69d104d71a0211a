// Bodies in every format, as requests carry them.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "runtime/destinations/http/request_plan.hpp"
#include "tests/runtime/destinations/delta_rows.hpp"
#include "tests/runtime/destinations/http/sample_requests.hpp"
#include "tests/support/process.hpp"

using namespace sluice;
using config::body_format;
using config::http_config;
using config::http_request_config;
using destinations::built_request;
using destinations::delivery_context;
using destinations::request_plan;
using nlohmann::ordered_json;
using test::integer;
using test::null_value;
using test::request_in;
using test::text;

namespace {

delivery_context people_of_cities() {
  auto out = test::context_of(
      {{"id", value_kind::integer}, {"email", value_kind::text}, {"city", value_kind::text}});
  out.schema.fields[2].path = {"address", "city"};
  out.schema.fields[2].omit_null = true;
  return out;
}

using cells = std::vector<value_view>;

built_request build_all(const http_request_config& request, const std::vector<cells>& rows,
                        const http_config& destination = {}) {
  request_plan plan(request, destination, people_of_cities());
  const auto deltas = test::upserts(rows);
  std::vector<std::uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0u);
  return plan.build(deltas, all);
}

std::string body_of(const http_request_config& request, const std::vector<cells>& rows) {
  const auto built = build_all(request, rows);
  return built.unsendable.empty() ? built.request.body
                                  : "refused: " + built.unsendable.front().reason;
}

std::string content_type(const built_request& built) {
  for (const auto& header : built.request.headers)
    if (header.starts_with("Content-Type: ")) return header.substr(14);
  return {};
}

const cells ada{integer("1"), text("a&b@x"), text("Zü rich")};
const cells grace{integer("2"), text(""), null_value};

/// Texts of the bytes and characters that some format could take for its own.
class awkward_texts {
 public:
  std::string next() {
    static const std::vector<std::string> pieces{std::string(1, '\0'),
                                                 "\"",
                                                 "'",
                                                 "\r",
                                                 "\n",
                                                 "\r\n",
                                                 "\t",
                                                 ",",
                                                 ";",
                                                 "|",
                                                 "<",
                                                 ">",
                                                 "&",
                                                 "&amp;",
                                                 "]]>",
                                                 "<!--",
                                                 "{{row}}",
                                                 "${env:X}",
                                                 "=",
                                                 "%",
                                                 "%41",
                                                 "+",
                                                 " ",
                                                 "\x01",
                                                 "\x1f",
                                                 "\x7f",
                                                 "é",
                                                 "🎈",
                                                 "\xE2\x80\xA8",
                                                 "\xEF\xBB\xBF",
                                                 "\xEF\xBF\xBD",
                                                 "\xEF\xBF\xBF",
                                                 "--",
                                                 "--sluice-",
                                                 "\\",
                                                 "a",
                                                 "7",
                                                 "#N/A",
                                                 "[",
                                                 "]"};
    std::string out;
    for (auto n = random_() % 5; n > 0; --n) out += pieces[random_() % pieces.size()];
    return out;
  }

 private:
  std::mt19937 random_{20260101};
};

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const unsigned char c : bytes) out += {digits[c >> 4], digits[c & 15]};
  return out;
}

/// What strict readers of the formats make of bodies.
std::vector<ordered_json> read_back(const std::string& lines) {
  const auto ran = test::run_program(
      {.program = "python3",
       .arguments = {SLUICE_SOURCE_DIR "/tests/runtime/destinations/http/read_bodies.py"},
       .input = lines});
  INFO(ran.errors);
  REQUIRE(ran.exit_code == 0);
  std::vector<ordered_json> out;
  for (std::size_t at = 0, end = 0; (end = ran.output.find('\n', at)) != std::string::npos;
       at = end + 1)
    out.push_back(ordered_json::parse(ran.output.substr(at, end - at)));
  return out;
}

}  // namespace

TEST_CASE("NDJSON has an item on each line, or several") {
  CHECK(body_of(request_in(body_format::ndjson, "{{rows}}"), {ada, grace}) ==
        "{\"id\":1,\"email\":\"a&b@x\",\"address\":{\"city\":\"Zü rich\"}}\n"
        "{\"id\":2,\"email\":\"\",\"address\":{}}\n");
  CHECK(body_of(request_in(body_format::ndjson, {{{"of", "{{connection}}"}}, "{{rows}}"},
                           {{{"index", "{{index}}"}}, {{"e", "{{row.email}}"}}}),
                {ada, grace}) ==
        "{\"of\":\"test\"}\n{\"index\":0}\n{\"e\":\"a&b@x\"}\n{\"index\":1}\n{\"e\":\"\"}\n");
  CHECK(body_of(request_in(body_format::ndjson, {{"id", "{{key.id}}"}}), {ada}) == "{\"id\":1}\n");
}

TEST_CASE("a form has pairs; what is no text is JSON in one of them") {
  CHECK(body_of(request_in(body_format::form, "{{row}}"), {ada}) ==
        "id=1&email=a%26b%40x&address%5Bcity%5D=Z%C3%BC%20rich");
  CHECK(body_of(request_in(body_format::form, "{{row}}"), {grace}) == "id=2&email=");
  CHECK(body_of(request_in(body_format::form, {{{"tag", "x"}},
                                               {{"tag", "y"}},
                                               {{"mail", "<{{row.email}}>"},
                                                {"n", 1.5},
                                                {"yes", true},
                                                {"all", "{{row}}"},
                                                {"city", "{{row.address.city}}"}}}),
                {grace}) ==
        "tag=x&tag=y&mail=%3C%3E&n=1.5&yes=true&all=%7B%22id%22%3A2%2C%22email%22%3A%22%22%2C%"
        "22address%22%3A%7B%7D%7D");
  CHECK(
      body_of(request_in(body_format::form, {{"payload", {{"data", "{{rows}}"}}}, {"id", "{{id}}"}},
                         {"{{row.id}}", "{{row.email}}"}),
              {ada, grace})
          .starts_with("payload=%7B%22data%22%3A%5B%5B1%2C%22a%26b%40x%22%5D%2C%5B2%2C%22%22%5D"
                       "%5D%7D&id="));
}

TEST_CASE(
    "CSV has a header and a line for each row; NULL is an empty cell, an empty text is quoted") {
  CHECK(body_of(request_in(body_format::csv, "{{rows}}"), {ada, grace}) ==
        "id,email,address.city\r\n1,a&b@x,Zü rich\r\n2,\"\",\r\n");
  auto lines =
      request_in(body_format::csv, "{{rows}}",
                 {{"Mail; to", "{{row.email}}"}, {"n", "no. {{index}}"}, {"all", "{{key}}"}});
  lines.csv = {';', true, false};
  CHECK(body_of(lines, {ada}) == "\"Mail; to\";n;all\na&b@x;\"no. 0\";\"{\"\"id\"\":1}\"\n");
  lines.csv.header = false;
  CHECK(body_of(lines, {ada}) == "a&b@x;\"no. 0\";\"{\"\"id\"\":1}\"\n");
  CHECK(body_of(request_in(body_format::csv, {{"id", "{{key.id}}"}}), {ada}) == "id\r\n1\r\n");
  // An empty line would be no row.
  CHECK(body_of(request_in(body_format::csv, "{{rows}}", {{"city", "{{row.address.city}}"}}),
                {grace}) == "city\r\n\"\"\r\n");
}

TEST_CASE("XML has values between its tags and in its attributes") {
  CHECK(body_of(request_in(body_format::xml, "<p n='{{connection}}'>{{rows}}</p>",
                           "<r id=\"{{key.id}}\">{{row.email}}</r>"),
                {ada, grace}) == "<p n='test'><r id=\"1\">a&amp;b@x</r><r id=\"2\"></r></p>");
  CHECK(body_of(request_in(body_format::xml, "<r>{{row.email | upper}}</r>"), {ada}) ==
        "<r>A&amp;B@X</r>");
}

TEST_CASE("a multipart body has a part for each value, and files of rows") {
  const auto built = build_all(
      request_in(body_format::multipart,
                 {{"key", "{{connection}}"},
                  {"file", {{"filename", "a\"b.csv"}, {"format", "csv"}, {"body", "{{rows}}"}}}},
                 {{"Id", "{{key.id}}"}}),
      {ada, grace});
  const auto type = content_type(built);
  REQUIRE(type.starts_with("multipart/form-data; boundary=sluice-"));
  const auto boundary = "--" + type.substr(type.find('=') + 1);
  CHECK(built.request.body ==
        boundary + "\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\ntest\r\n" + boundary +
            "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.csv\"\r\n"
            "Content-Type: text/csv\r\n\r\nId\r\n1\r\n2\r\n\r\n" +
            boundary + "--\r\n");
  const auto left_out = build_all(request_in(body_format::multipart, "{{row}}"), {grace});
  CHECK(left_out.request.body.find("address") == std::string::npos);
}

TEST_CASE("a boundary is the same for the same rows, and never occurs in them") {
  const auto parts = request_in(body_format::multipart, {{"email", "{{row.email}}"}});
  const auto first = build_all(parts, {ada});
  CHECK(content_type(build_all(parts, {ada})) == content_type(first));
  CHECK(content_type(build_all(parts, {grace})) != content_type(first));
}

TEST_CASE("Content-Type follows the format unless a header says otherwise") {
  const std::map<body_format, std::string> types{
      {body_format::json, "application/json"},
      {body_format::ndjson, "application/x-ndjson"},
      {body_format::form, "application/x-www-form-urlencoded"},
      {body_format::csv, "text/csv"}};
  for (const auto& [format, type] : types) {
    auto one = request_in(format, "{{row}}");
    CHECK(content_type(build_all(one, {ada})) == type);
    one.headers = {{"content-type", "text/x"}};
    CHECK(content_type(build_all(one, {ada})).empty());
  }
  CHECK(content_type(build_all(request_in(body_format::xml, "<r>{{row.email}}</r>"), {ada})) ==
        "application/xml");
}

TEST_CASE(
    "no body is larger than is allowed, whatever its format; a row that is alone is refused") {
  const std::string wide(300, '&');
  for (const auto& one :
       {request_in(body_format::form, {{"rows", "{{rows}}"}}),
        request_in(body_format::csv, "{{rows}}"), request_in(body_format::ndjson, "{{rows}}"),
        request_in(body_format::xml, "<p>{{rows}}</p>", "<r>{{row.email}}</r>"),
        request_in(body_format::multipart, {{"rows", "{{rows}}"}}),
        request_in(body_format::json, "{{rows}}")}) {
    CAPTURE(std::string(to_string(one.format)));
    http_config destination;
    destination.max_body = 1000;
    const auto several = build_all(
        one, {ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada,
              ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada,
              ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada,
              ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada, ada},
        destination);
    CHECK(several.request.body.size() <= 1000);
    CHECK(several.request.body.size() > 850);
    CHECK(several.rows.size() == several.consumed);
    CHECK(several.consumed < 65);
    destination.max_body = 290;
    const auto alone = build_all(one, {{integer("1"), text(wide), null_value}}, destination);
    REQUIRE(alone.unsendable.size() == 1);
    CHECK(alone.unsendable[0].reason.find("max_body") != std::string::npos);
  }
}

TEST_CASE("what a strict reader of the format gets back is the value, or the row is refused") {
  const std::array requests{
      request_in(body_format::json, "{{rows}}", {{"a", "{{row.email}}"}, {"b", "x{{row.email}}"}}),
      request_in(body_format::ndjson, "{{rows}}",
                 {{"a", "{{row.email}}"}, {"b", "x{{row.email}}"}}),
      request_in(body_format::form, {{"a", "{{row.email}}"}, {"b", "x{{row.email}}"}}),
      request_in(body_format::multipart, {{"a", "{{row.email}}"}, {"b", "x{{row.email}}"}}),
      request_in(body_format::csv, "{{rows}}", {{"a", "{{row.email}}"}, {"b", "x{{row.email}}"}}),
      request_in(body_format::xml, "<p>{{rows}}</p>",
                 "<r a='{{row.email}}'><b>x{{row.email}}</b></r>")};
  awkward_texts texts;
  std::string lines;
  std::vector<std::string> sent;
  std::map<body_format, std::size_t> refused;
  for (int i = 0; i < 400; ++i) {
    const auto value = texts.next();
    for (const auto& one : requests) {
      const auto built = build_all(one, {{integer("1"), text(value), null_value}});
      if (!built.unsendable.empty()) {
        ++refused[one.format];
        const bool nul = value.find('\0') != std::string::npos;
        CHECK((one.format == body_format::xml || (one.format == body_format::csv && nul)));
        continue;
      }
      sent.push_back(value);
      lines += std::string(to_string(one.format)) + '\t' + content_type(built) + '\t' +
               hex(built.request.body) + '\n';
    }
  }
  const auto read = read_back(lines);
  REQUIRE(read.size() == sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    auto pairs = ordered_json::array();
    pairs.push_back(ordered_json::array({"a", sent[i]}));
    pairs.push_back(ordered_json::array({"b", "x" + sent[i]}));
    REQUIRE(read[i].size() == 1);
    CHECK(read[i][0] == pairs);
  }
  CHECK(refused[body_format::csv] > 0);
  CHECK(refused[body_format::xml] > refused[body_format::csv]);
}

TEST_CASE("the members of a row stand beside others that are written") {
  const auto of = [](const ordered_json& item, const cells& r) {
    return body_of(request_in(body_format::json, "{{rows}}", item), {r});
  };
  CHECK(of({{"...", "{{key}}"}}, ada) == R"([{"id":1}])");
  CHECK(of({{"...", "{{row}}"}, {"type", {{"of", "Contact"}}}}, grace) ==
        R"([{"type":{"of":"Contact"},"id":2,"email":"","address":{}}])");
  CHECK(test::failure_text([&] {
          of({{"...", "{{row}}"}, {"address", 1}}, ada);
        }).find("its field \"address\" is also written beside it") != std::string::npos);
  auto form = request_in(body_format::form, {{"data", {{"a", 1}, {"...", "{{row}}"}}}});
  CHECK(body_of(form, {grace}) ==
        "data=%7B%22a%22%3A1%2C%22id%22%3A2%2C%22email%22%3A%22%22%2C%22address%22%3A%7B%7D%7D");
}

TEST_CASE("GraphQL is JSON: a document and its variables") {
  const ordered_json body{{"query", "mutation($rows: [Contact!]!) { upsert(rows: $rows) { id } }"},
                          {"variables", {{"rows", "{{rows}}"}}}};
  CHECK(body_of(request_in(body_format::json, body), {grace}) ==
        R"({"query":"mutation($rows: [Contact!]!) { upsert(rows: $rows) { id } }",)"
        R"("variables":{"rows":[{"id":2,"email":"","address":{}}]}})");
}
