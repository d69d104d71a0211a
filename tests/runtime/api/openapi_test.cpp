#include "runtime/api/openapi.hpp"

#include <doctest/doctest.h>

#include <set>

#include "messages/json.hpp"
#include "runtime/api/routes.hpp"
#include "tests/runtime/api/api_fixture.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

const json& document() {
  static const json parsed = json::parse(api::openapi_document());
  return parsed;
}

/// Calls `take` with every member of that name.
template <class Take>
void for_each_member(const json& value, const std::string& name, const Take& take) {
  if (value.is_object())
    for (const auto& [key, member] : value.items()) {
      if (key == name) take(member);
      for_each_member(member, name, take);
    }
  if (value.is_array())
    for (const auto& member : value) for_each_member(member, name, take);
}

/// The members of a document that its schema does not know.
std::vector<std::string> unknown_members(const std::string& schema, const json& value) {
  const auto& known = document()["components"]["schemas"][schema]["properties"];
  std::vector<std::string> out;
  for (const auto& [name, member] : value.items())
    if (!known.contains(name)) out.push_back(name);
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(test::api_fixture, "the document is served as it is") {
  const auto r = answer("GET", "/api/v1/openapi.json");
  CHECK(r.status == 200);
  CHECK(r.body == api::openapi_document());
  CHECK(document()["openapi"] == "3.1.0");
}

TEST_CASE("the document has every operation, and none that there is not") {
  std::size_t operations = 0;
  for (const auto& [path, item] : document()["paths"].items()) {
    auto asked = path;
    for (const std::string name : {"{connection}", "{run}"})
      if (const auto at = asked.find(name); at != std::string::npos)
        asked.replace(at, name.size(), "x");
    const auto methods =
        path == "/api/v1/session" ? "GET, HEAD, POST, DELETE" : api::methods_of(asked);
    CAPTURE(path);
    std::string described;
    for (const std::string method : {"get", "post", "delete"}) {
      if (!item.contains(method)) continue;
      ++operations;
      if (!described.empty()) described += ", ";
      described += method == "get" ? "GET, HEAD" : method == "post" ? "POST" : "DELETE";
    }
    CHECK(described == methods);
  }
  CHECK(operations == 28);
}

TEST_CASE("every reference of the document leads somewhere") {
  for_each_member(document(), "$ref", [](const json& reference) {
    const auto text = reference.get<std::string>();
    REQUIRE(text.starts_with("#/"));
    CHECK_MESSAGE(document().contains(json::json_pointer(text.substr(1))), text);
  });
}

TEST_CASE("operations have names of their own") {
  std::set<std::string> names;
  std::size_t count = 0;
  for_each_member(document()["paths"], "operationId", [&](const json& name) {
    names.insert(name.get<std::string>());
    ++count;
  });
  CHECK(names.size() == count);
}

TEST_CASE("the document knows every member that is answered") {
  auto run = test::example_run(run_state::failed);
  run.failed = {errc::internal, "a", "b", "c", "d"};
  connection_status status;
  status.run = run;
  CHECK(unknown_members("Run", json::parse(to_json(run).dump())).empty());
  CHECK(unknown_members("ConnectionStatus", json::parse(to_json(status).dump())).empty());
  CHECK(unknown_members("Node", json::parse(to_json(node_status{}).dump())).empty());
  CHECK(unknown_members("Reload", json::parse(to_json(reload_report{}).dump())).empty());
  CHECK(unknown_members("Preview", json::parse(preview_to_json_text({}))).empty());
  CHECK(unknown_members("RejectedRow", json::parse(to_json_text(std::vector<rejected_row>(1)))[0])
            .empty());
}
