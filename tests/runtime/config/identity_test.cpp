#include <doctest/doctest.h>

#include <set>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using test::config_folder;
using test::http_connection;

namespace {

std::string ledger_identity(const config_folder& folder, const std::string& patch) {
  folder.patch_connection(patch);
  return folder.customers().ledger_identity();
}

std::string mapping_identity(const config_folder& folder, const std::string& patch) {
  folder.patch_connection(patch);
  return folder.customers().mapping_identity();
}

}  // namespace

TEST_CASE("the ledger identity is a readable text that must never change by itself") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "canary");
  CHECK(ledger_identity(folder, R"({"destination": {"path": "/out/c.jsonl"}})") ==
        R"({"key":["id"],"source":{"database":"shop","driver":"PostgreSQL Unicode",)"
        R"("server":"127.0.0.1","table":"public.customers"},)"
        R"("destination":{"kind":"jsonl","path":"/out/c.jsonl"}})");
}

TEST_CASE("user and password and tuning do not change the ledger identity") {
  const config_folder folder;
  std::string before;
  {
    const test::variable password("SHOP_PASSWORD", "first");
    before = ledger_identity(folder, "{}");
  }
  const test::variable password("SHOP_PASSWORD", "second");
  CHECK(ledger_identity(folder, "{}") == before);
  CHECK(
      ledger_identity(
          folder,
          R"({"source": {"odbc": "Uid=other;DATABASE={shop};Servername=127.0.0.1;Driver=PostgreSQL Unicode;Pwd=x;Protocol=7.4-0"},
                "mode": "upsert", "mapping": null, "max_delete_percent": 1,
                "delivery": {"writers": 1}})") == before);
  const test::variable all(
      "SLUICE_TEST_ODBC",
      "Driver=PostgreSQL Unicode;Server=127.0.0.1;Database=shop;Uid=u;Pwd=canary");
  CHECK(ledger_identity(folder, R"({"source": {"odbc": "${env:SLUICE_TEST_ODBC}"}})") == before);
}

TEST_CASE("another key or source or destination is another ledger") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "x");
  const auto before = ledger_identity(folder, "{}");
  for (
      const auto* patch :
      {R"({"source": {"key": ["email"]}})", R"({"source": {"key": ["id", "email"]}})",
       R"({"source": {"table": "public.orders"}})",
       R"({"source": {"table": null, "query": "SELECT * FROM customers"}})",
       R"({"source": {"odbc": "Driver=PostgreSQL Unicode;Server=127.0.0.2;Database=shop"}})",
       R"({"source": {"odbc": "Driver=PostgreSQL Unicode;Server=127.0.0.1;Port=5433;Database=shop"}})",
       R"({"source": {"odbc": "Driver=PostgreSQL Unicode;Server=127.0.0.1;Database=shop2"}})",
       R"({"destination": {"path": "other.jsonl"}})",
       R"({"destination": {"kind": "odbc", "path": null, "odbc": "Driver=X", "table": "t"}})"})
    CHECK_MESSAGE(ledger_identity(folder, patch) != before, patch);
}

namespace {

/// The ledger identity of a connection that reads a table `t` through `odbc`.
std::string identity_of_source(const std::string& odbc) {
  const config_folder folder;
  folder.write("connections/customers.json", R"({"source": {"odbc": ")" + odbc +
                                                 R"(", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": "/o"}})");
  return folder.customers().ledger_identity();
}

}  // namespace

TEST_CASE("every attribute that names a server or a database tells ledgers apart") {
  for (const auto* attribute : {"Url=http://a:8123/x",
                                "Uri=mongodb://a/x",
                                "Path=/a",
                                "ProjectId=a",
                                "Dataset=a",
                                "DefaultDataset=a",
                                "UniverseDomain=a",
                                "PrivateServiceConnectUris=a",
                                "HTTPPath=/sql/a",
                                "ClusterID=a",
                                "Cluster=a",
                                "ZKQuorum=a",
                                "ZKClusterID=a",
                                "ZKNamespace=a",
                                "Region=a",
                                "AwsRegion=a",
                                "Workgroup=a",
                                "EndpointUrl=a",
                                "EndpointOverride=a",
                                "Endpoint=a",
                                "SID=a",
                                "Service=a",
                                "ServiceName=a",
                                "TNS=a",
                                "TNSServiceName=a",
                                "TNSServerName=a",
                                "ConnectString=a",
                                "PortNumber=a",
                                "AttachDbFilename=a",
                                "Instance=a",
                                "NetworkAddress=a",
                                "DBCName=a",
                                "DefaultDatabase=a",
                                "DBAlias=a",
                                "CurrentSQLID=a",
                                "ServerNode=a",
                                "ServerDB=a",
                                "DatabaseName=a",
                                "EXAHOST=a",
                                "EXASCHEMA=a",
                                "Namespace=a",
                                "motherduck_host=a",
                                "DefaultDir=a",
                                "SourceDB=a",
                                "UnixSocket=a",
                                "NamedPipe=a",
                                "DBQ=a",
                                "Catalog=a",
                                "Project=a",
                                "Account=a",
                                "Schema=a",
                                "DSN=a",
                                "pqopt={host=a}",
                                "pqopt={x=1 hostaddr=a}",
                                "pqopt={port=1}",
                                "pqopt={dbname=a}",
                                "pqopt={service=a}"}) {
    CAPTURE(attribute);
    const auto before = identity_of_source(std::string("Driver=X;") + attribute);
    CHECK(before != identity_of_source("Driver=X"));
    std::string other = attribute;
    const auto end = other.ends_with('}') ? other.size() - 1 : other.size();
    CHECK(before != identity_of_source("Driver=X;" + other.insert(end, "2")));
  }
}

TEST_CASE("what computes, who asks, and how, does not tell ledgers apart") {
  const auto before = identity_of_source("Driver=X;Server=a");
  for (const auto* attribute :
       {"Warehouse=w", "Role=r", "Uid=u", "Pwd=p", "Auth_AccessToken=t", "SSLmode=require",
        "pqopt={connect_timeout=5 sslpassword=x}", "Timeout=3", "UseNativeQuery=1"})
    CHECK_MESSAGE(identity_of_source(std::string("Driver=X;Server=a;") + attribute) == before,
                  attribute);
}

TEST_CASE("the ledger identity holds neither user nor secret of an address") {
  CHECK(identity_of_source("Driver=X;Url=http://app:canary@ch:8123/shop?password=canary&x=1") ==
        identity_of_source("Driver=X;Url=http://ch:8123/shop?password=other&x=1"));
  const auto text = identity_of_source("Driver=X;Database=md:shop?motherduck_token=canary");
  CHECK(text.find("canary") == std::string::npos);
  CHECK(text.find("md:shop") != std::string::npos);
}

TEST_CASE("how changes are detected and which rows are filtered change no identity") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "x");
  const auto ledger = ledger_identity(folder, "{}");
  const auto mapping = mapping_identity(folder, "{}");
  for (const auto* patch :
       {R"({"mode": "upsert", "source": {"change_detection": {"cursor": "updated_at"}}})",
        R"({"mode": "upsert",
            "source": {"change_detection": {"cursor": "updated_at", "overlap": "5m"}}})",
        R"({"source": {"where": "id > 7"}})"}) {
    CHECK_MESSAGE(ledger_identity(folder, patch) == ledger, patch);
    CHECK_MESSAGE(mapping_identity(folder, patch) == mapping, patch);
  }
}

TEST_CASE("a server that a reference names is part of the ledger identity") {
  const config_folder folder;
  const auto patch = R"({"source": {"odbc": "Driver=X;Server=${env:SLUICE_TEST_SERVER}"}})";
  std::string before;
  {
    const test::variable server("SLUICE_TEST_SERVER", "staging");
    before = ledger_identity(folder, patch);
  }
  {
    const test::variable server("SLUICE_TEST_SERVER", "production");
    CHECK(ledger_identity(folder, patch) != before);
  }
  CHECK_THROWS_WITH_AS(static_cast<void>(folder.customers().ledger_identity()),
                       doctest::Contains("${env:SLUICE_TEST_SERVER}"), failure);
}

TEST_CASE("the ledger identity of an API is its server and the address that rows are written to") {
  const http_connection people(test::good_upsert);
  CHECK(people.folder.customers().ledger_identity() ==
        R"({"key":["id"],"source":{"driver":"X","table":"t"},"destination":{"kind":"http",)"
        R"("server":"https://api.example.com","url":"https://api.example.com/v1/people"}})");
}

TEST_CASE(
    "settings and secrets of an API do not change the ledger identity and another address does") {
  const auto identity = [](const std::string& url, const std::string& more = "") {
    const http_connection connection(R"("upsert": {"method": "POST", "body": {"p": "{{rows}}"},
                                        "url": ")" +
                                     url + "\"}" + more);
    return connection.folder.customers().ledger_identity();
  };
  const auto before = identity("https://a.example/v1/people?api_key=canary");
  CHECK(before.find("canary") == std::string::npos);
  CHECK(identity("https://a.example/v1/people") == before);
  CHECK(identity("https://a.example/v1/people?api_key=other&dry_run=1") == before);
  CHECK(identity("https://a.example/v1/people",
                 R"(, "basic_auth": {"user": "u", "password": "canary"}, "gzip": true,
                     "headers": {"Authorization": "canary"}, "batch_rows": 3)") == before);
  CHECK(identity("https://b.example/v1/people") != before);
  CHECK(identity("http://a.example/v1/people") != before);
  CHECK(identity("https://a.example:8443/v1/people") != before);
  CHECK(identity("https://a.example/v1/companies") != before);
}

TEST_CASE(
    "a server of an API that a reference names is part of the ledger identity, its user is not") {
  const http_connection connection(R"("upsert": {"method": "POST", "body": {"p": "{{rows}}"},
                                      "url": "${env:SLUICE_TEST_BASE}/people"})");
  const auto identity = [&](const std::string& base) {
    const test::variable set("SLUICE_TEST_BASE", base);
    return connection.folder.customers().ledger_identity();
  };
  const auto before = identity("https://a.example/v1");
  CHECK(before.find(R"("server":"https://a.example","url":"${env:SLUICE_TEST_BASE}/people")") !=
        std::string::npos);
  CHECK(identity("https://b.example/v1") != before);
  CHECK(identity("https://user:canary@a.example/v1") == before);
}

TEST_CASE("the mapping identity changes with fields and their order and values") {
  const config_folder folder;
  const auto before = mapping_identity(folder, "{}");
  CHECK(before.size() == 32);
  CHECK(mapping_identity(folder, R"({"mode": "upsert", "destination": {"path": "x"}})") == before);
  CHECK(mapping_identity(folder, R"({"mapping": {"email": {"column": "email"}}})") == before);
  CHECK(mapping_identity(folder,
                         R"({"mapping": {"email": {"column": "email", "omit_null": false}}})") ==
        before);
  for (const auto* patch : {R"({"mapping": null})", R"({"mapping": {"name": "name"}})",
                            R"({"mapping": {"email": null}})", R"({"mapping": {"email": "mail"}})",
                            R"({"mapping": {"email": {"constant": "email"}}})",
                            R"({"mapping": {"email": {"template": "{email}"}}})",
                            R"({"mapping": {"email": {"column": "email", "as": "string"}}})",
                            R"({"mapping": {"email": {"column": "email", "omit_null": true}}})"})
    CHECK_MESSAGE(mapping_identity(folder, patch) != before, patch);
  // Fingerprints are made of the values in the order of the fields.
  folder.write("connections/customers.json",
               R"({"source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
                   "destination": {"kind": "jsonl", "path": "o"},
                   "mapping": {"email": "email", "id": "id"}})");
  CHECK(folder.customers().mapping_identity() != before);
}

TEST_CASE("the mapping identity of a mapping without omitted fields must never change by itself") {
  const config_folder folder;
  CHECK(mapping_identity(
            folder,
            R"({"mapping": {"email": {"column": "email", "as": "string"}, "name.first": "first",
                            "greeting": {"template": "Dear {first}"}, "origin": {"constant": 1}}})") ==
        "f39f18598feffe240b60affec20a53dc");
}

TEST_CASE("an API that only gets updates is told from others") {
  const auto identity = [](const std::string& server) {
    return http_connection(R"("update": {"method": "PATCH", "url": "https://)" + server +
                               R"(/v1/people/{{key.id}}", "body": "{{row}}"})",
                           "update")
        .folder.customers()
        .ledger_identity();
  };
  CHECK(identity("a.example.com") == identity("a.example.com"));
  CHECK(identity("a.example.com") != identity("b.example.com"));
}

TEST_CASE("functions and programs are part of the mapping identity") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "x");
  std::set<std::string> seen;
  for (const auto* value :
       {R"("email")", R"({"column": "email", "apply": "trim"})",
        R"({"column": "email", "apply": ["trim", "lower"]})",
        R"({"column": "email", "apply": {"pad": 5}})",
        R"({"column": "email", "apply": {"pad": 6}})",
        R"({"column": "email", "apply": {"default": 5}})",
        R"({"column": "email", "apply": {"default": "5"}})", R"({"coalesce": ["email", "id"]})",
        R"({"template": "{email}"})", R"({"template": "{email}", "apply": "trim"})",
        R"({"template": "{email | trim}"})", R"({"lua": "return row.email"})",
        R"({"lua": "return  row.email"})", R"({"lua": "return row.email", "as": "string"})",
        R"({"lua": "return row.email", "apply": "trim"})"}) {
    const auto patch = R"({"mapping": {"email": )" + std::string(value) + "}}";
    CHECK_MESSAGE(seen.insert(mapping_identity(folder, patch)).second, value);
  }
}
