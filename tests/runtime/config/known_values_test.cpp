// Values of mappings that another connection remembers.
#include <doctest/doctest.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using config::known_value;

namespace {

/// `customers`, and `companies`, an API whose ids are remembered.
class two_connections {
 public:
  two_connections() { companies(R"("table": "companies", "key": ["id"])"); }

  void companies(const std::string& source, const std::string& more = "") const {
    folder_.write("connections/companies.json", R"({"source": {"odbc": "Driver=X", )" + source +
                                                    R"(}, "mapping": {"name": "name"}, )" + more +
                                                    R"("destination": {"kind": "http",
      "insert": {"method": "POST", "url": "https://a.example/r", "body": "{{row}}",
                 "remember": {"record_id": "/id", "etag": "/etag"}},
      "update": {"method": "PUT", "url": "https://a.example/r/{{known.record_id}}",
                 "body": "{{row}}"}}})");
  }
  [[nodiscard]] const test::config_folder& folder() const { return folder_; }
  /// The problems where `customers` maps `company` so.
  [[nodiscard]] std::string problems(const std::string& value, const std::string& more = "") const {
    return folder_.problems_with(patch(value, more));
  }
  [[nodiscard]] config::connection_config customers(const std::string& value) const {
    folder_.patch_connection(patch(value, ""));
    return folder_.customers();
  }

 private:
  static std::string patch(const std::string& value, const std::string& more) {
    return R"({"mapping": {"company": )" + value + "}" + more + "}";
  }
  test::config_folder folder_;
};

const std::string at = "connections/customers.json:/mapping/company";

}  // namespace

TEST_CASE_FIXTURE(two_connections, "a mapped value may be one that another connection remembers") {
  const auto read = customers(R"({"known": "record_id", "of": "companies", "by": "company_id",
                                  "on_miss": "null", "as": "string", "apply": "trim"})");
  REQUIRE_FALSE(read.mapping.empty());
  CHECK(std::get<known_value>(read.mapping.back().value) ==
        known_value{"record_id",
                    "companies",
                    {"company_id"},
                    known_value::miss::null,
                    config::column_value::cast::string,
                    false,
                    {{"trim"}}});
  REQUIRE(read.known_of.size() == 1);
  CHECK(read.known_of.begin()->first == "companies");
  CHECK(read.known_of.begin()->second.identity() ==
        folder().valid().connections.at("companies").ledger_identity());
}

TEST_CASE_FIXTURE(two_connections,
                  "another place of the remembered values is another configuration") {
  const auto* const value = R"({"known": "record_id", "of": "companies", "by": "company_id"})";
  const auto before = customers(value);
  companies(R"("table": "companies", "key": ["id"], "where": "id > 0")");
  CHECK_FALSE(customers(value) == before);  // a reload has to see that
  companies(R"("table": "firms", "key": ["id"])");
  CHECK(customers(value).known_of.at("companies").identity() !=
        before.known_of.at("companies").identity());
  CHECK(customers(value).mapping_identity() == before.mapping_identity());
  CHECK(
      customers(R"({"known": "etag", "of": "companies", "by": "company_id"})").mapping_identity() !=
      before.mapping_identity());
}

TEST_CASE_FIXTURE(two_connections, "a key of several columns is named in the order of the key") {
  companies(R"("table": "companies", "key": ["region", "id"])");
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": ["area", "company_id"]})") ==
        "");
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": "company_id"})") ==
        at + "/by: has 1 columns, and the key of \"companies\" has 2; name a column for each of "
             "region, id, in this order\n");
}

TEST_CASE_FIXTURE(two_connections, "what is not remembered cannot stand in a mapping") {
  CHECK(problems(R"({"known": "recordid", "of": "companies", "by": "x"})") ==
        at + "/known: \"companies\" remembers no such value; did you mean \"record_id\"?\n");
  CHECK(problems(R"({"known": "record_id", "of": "companys", "by": "x"})") ==
        at + "/of: no connection has this name; did you mean \"companies\"?\n");
  CHECK(problems(R"({"known": "record_id", "of": "customers", "by": "x"})") ==
        at + "/of: names the connection itself; write {{known.record_id}} in the requests of its "
             "destination\n");
  companies(R"("table": "companies", "key": ["id"])", R"("node": "elsewhere", )");
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": "x"})") ==
        at + "/of: \"companies\" runs on node \"elsewhere\"; what a connection remembers is known "
             "to its own node only\n");
  folder().write("connections/companies.json", R"({"source": {"odbc": "Driver=X", "table": "t",
    "key": ["id"]}, "destination": {"kind": "jsonl", "path": "out.jsonl"}})");
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": "x"})") ==
        at + "/known: \"companies\" remembers no such value; let one of its requests \"remember\" "
             "it\n");
  folder().write("connections/companies.json", "{");  // its own problem is enough
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": "x"})").find(at) ==
        std::string::npos);
}

TEST_CASE_FIXTURE(two_connections,
                  "values that another connection remembers are not what a database hashes") {
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": "x"})",
                 R"(, "source": {"change_detection": "digest"})") ==
        at + "/known: is not seen by \"change_detection\": \"digest\", for which only the database "
             "looks at rows; write \"change_detection\": \"snapshot\"\n");
}

TEST_CASE_FIXTURE(two_connections, "the members of a remembered value belong together") {
  const auto* const whose =
      "/known: needs \"of\" and \"by\": whose row, and which one; for example {\"known\": "
      "\"record_id\", \"of\": \"companies\", \"by\": \"company_id\"}\n";
  CHECK(problems(R"({"known": "record_id", "of": "companies"})") == at + whose);
  CHECK(problems(R"({"known": "record_id", "by": "x"})") == at + whose);
  CHECK(problems(R"({"column": "x", "by": "y", "on_miss": "null"})") ==
        at + "/by: goes with \"known\" only; remove it\n" + at +
            "/on_miss: goes with \"known\" only; remove it\n");
  CHECK(problems(R"({"known": "record_id", "of": "companies", "by": [], "on_miss": "skip"})")
            .starts_with(at + "/by: "));
}
