#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using test::config_folder;

namespace {

const std::string place = "connections/customers.json:/on_delete";
const std::string mapped =
    R"("mapping": {"id": "id", "deleted": {"constant": false}, "state.now": {"constant": "here"}})";

/// The problems with this value of `on_delete` in a mirror whose fields are those of `mapped`.
std::string on_delete_problems(const std::string& on_delete) {
  return config_folder().problems_with(R"({"on_delete": )" + on_delete + ", " + mapped + "}");
}

}  // namespace

TEST_CASE("rows that vanish from a mirror are deleted unless fields are to be set") {
  const config_folder folder;
  CHECK(folder.customers().set_on_delete.empty());
  folder.patch_connection(R"({"on_delete": "delete"})");
  CHECK(folder.customers().set_on_delete.empty());
  const test::variable word("SLUICE_TEST_STATE", "gone");
  folder.patch_connection(
      R"({"on_delete": {"set": {"deleted": true, "state.now": "${env:SLUICE_TEST_STATE}"}}, )" +
      mapped + "}");
  CHECK(folder.customers().set_on_delete ==
        std::vector<config::set_field>{{{"deleted"}, {"true"}}, {{"state", "now"}, {"\"gone\""}}});
}

TEST_CASE("what on_delete must not be is reported") {
  CHECK(on_delete_problems(R"("erase")") ==
        place + ": \"erase\" is not known; only \"delete\" is known here\n");
  CHECK(on_delete_problems("true").find(place + ": is a boolean; it must be ") == 0);
  CHECK(on_delete_problems("{}") ==
        place + "/set: is missing; name fields and values: {\"deleted\": true}\n");
  CHECK(on_delete_problems(R"({"sets": {}, "set": {"deleted": true}})") ==
        place + "/sets: unknown key \"sets\"; did you mean \"set\"?\n");
  CHECK(on_delete_problems(R"({"set": ["deleted"]})") ==
        place + "/set: is an array; it must be an object\n");
  CHECK(on_delete_problems(R"({"set": {}})") ==
        place + "/set: sets no field; name fields and values, for example {\"deleted\": true}\n");
}

TEST_CASE("a field that on_delete sets must be mapped and must not be of the key") {
  CHECK(on_delete_problems(R"({"set": {"deleted_at": 1}})") ==
        place +
            "/set/deleted_at: the mapping has no such field; add it there, for example "
            "\"deleted_at\": {\"constant\": false}: a row that comes back is set back by it\n");
  CHECK(on_delete_problems(R"({"set": {"state": {"now": "gone"}}})").find(place + "/set/state: ") ==
        0);
  CHECK(on_delete_problems(R"({"set": {"state..now": "gone"}})")
            .find("the mapping has no such field") != std::string::npos);
  CHECK(on_delete_problems(R"({"set": {"id": 0}})") ==
        place + "/set/id: the field is part of the key; a row keeps its key: set other fields\n");
  // Without a mapping the fields are known when the model is opened.
  CHECK(config_folder()
            .problems_with(R"({"on_delete": {"set": {"deleted": true}}, "mapping": null})")
            .empty());
}

TEST_CASE("only a mirror deletes rows") {
  const config_folder folder;
  for (const auto* mode : {"upsert", "insert", "update", "append"})
    CHECK(folder.problems_with(R"({"on_delete": {"set": {"deleted": true}}, "mode": ")" +
                               std::string(mode) + "\", " + mapped + "}") ==
          place + ": only \"mirror\" deletes rows; set \"mode\" to it, or remove this\n");
}

TEST_CASE("an API is told of deletes by its delete request") {
  const test::http_connection api(test::good_upsert + ", " + test::good_delete, "mirror",
                                  R"(, "on_delete": {"set": {"deleted": true}}, )" + mapped);
  CHECK(api.problems() ==
        "/on_delete/set: an API is told of deletes by a request of its own; write what to set in "
        "the body of the \"delete\" request\n");
}

TEST_CASE("what a delete sets changes neither mapping nor ledger") {
  const config_folder folder;
  const test::variable password("SHOP_PASSWORD", "x");
  folder.patch_connection("{" + mapped + "}");
  const auto before = folder.customers();
  folder.patch_connection(R"({"on_delete": {"set": {"deleted": true}}, )" + mapped + "}");
  const auto after = folder.customers();
  CHECK(after.mapping_identity() == before.mapping_identity());
  CHECK(after.ledger_identity() == before.ledger_identity());
}

TEST_CASE("the effective configuration says what becomes of vanished rows of a mirror only") {
  const config_folder folder;
  const auto shown = [&] {
    return nlohmann::json::parse(folder.effective())["connections"]["customers"];
  };
  CHECK(shown()["on_delete"] == "delete");
  folder.patch_connection(R"({"mode": "upsert"})");
  CHECK_FALSE(shown().contains("on_delete"));
}
