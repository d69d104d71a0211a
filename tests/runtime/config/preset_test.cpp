#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/config/builtin_presets.hpp"
#include "runtime/config/preset_page.hpp"
#include "tests/runtime/config/http_connection.hpp"

using namespace sluice;
using nlohmann::json;
using test::http_connection;
using test::http_problems;
using test::read_http;

namespace {

/// A preset of one's own, in a file beside the connections.
constexpr auto* own_preset = R"(// People of an API.
{
  "preset": {
    "title": "People",
    "parameters": {
      "url": {"description": "address of the API"},
      "token": {"description": "access token", "secret": true},
      "group": {"description": "member of the body", "default": "people"},
      "rows": {"default": 50}
    }
  },
  "destination": {
    "headers": {"Authorization": "Bearer ${param:token}", "X-Group": "${param:group}"},
    "batch_rows": "${param:rows}",
    "retry": {"base": "1s", "cap": "5s"},
    "upsert": {
      "method": "POST",
      "url": "${param:url}/v1/${param:group}",
      "body": {"${param:group}": "{{rows}}"}
    }
  }
})";

/// The only connection, by a preset of one's own.
struct with_own : http_connection {
  explicit with_own(const std::string& members, const std::string& preset = own_preset)
      : http_connection(R"("preset": "people.json", )" + members) {
    folder.write("connections/people.json", preset);
    folder.patch_node(R"({"connections": "connections/customers.json"})");
  }
};

constexpr auto* given = R"("with": {"url": "https://a.example", "token": "canary"})";

/// Values for the parameters that a preset insists on.
json required_parameters(const json& preset) {
  auto with = json::object();
  for (const auto& [name, about] : preset["preset"]["parameters"].items()) {
    if (about.contains("default")) continue;
    if (about.contains("example")) {
      with[name] = about["example"];
    } else {
      with[name] = name == "url" ? "https://api.example.com" : "given-" + name;
    }
  }
  return with;
}

/// One that the preset offers.
std::string mode_of(std::string_view preset) {
  for (const auto& page : config::builtin_pages())
    if (page.name == preset)
      for (const auto& mode : page.modes)
        if (mode.refused.empty()) return std::string(to_string(mode.is));
  return {};
}

}  // namespace

TEST_CASE("every built-in preset loads with its parameters, in the modes that it offers") {
  REQUIRE(config::builtin_pages().size() >= 31);
  for (const auto& page : config::builtin_pages()) {
    INFO(page.name);
    json with;
    for (const auto& each : page.parameters)
      if (each.otherwise.is_null())
        with[each.name] = each.example.is_null() ? json("given-" + each.name) : json(each.example);
    const std::string members =
        "\"preset\": \"" + page.name + "\", \"with\": " + with.dump() +
        (page.destination.contains("auth") ? R"(, "auth": {"bearer": {"token": "t"}})" : "");
    for (const auto& mode : page.modes) {
      const auto found = http_connection(members, std::string(to_string(mode.is))).problems();
      CHECK_MESSAGE((found.empty() == mode.refused.empty()), found);
      if (!mode.refused.empty()) CHECK(found.starts_with("/mode: "));
    }
  }
}

TEST_CASE("what a preset says of itself has its form") {
  const auto problems = [](const std::string& said) {
    return with_own(given, R"({"preset": {"parameters": {"url": {}, "token": {}}, )" + said +
                               R"(}, "destination": {"upsert": {"method": "POST",
                                  "url": "${param:url}", "body": "{{rows}}"}}})")
        .problems();
  };
  CHECK(problems(R"("limits": ["5 requests"], "notes": ["x"], "refuses": {"mirror": "why"})") ==
        "");
  CHECK(problems(R"("refuses": {"miror": "why"})").find("is no mode") != std::string::npos);
  for (const auto* wrong : {R"("limits": "5")", R"("notes": [7])", R"("refuses": ["mirror"])",
                            R"("refuses": {"mirror": 7})"})
    CHECK_MESSAGE(problems(wrong) != "", wrong);
}

TEST_CASE("a mode that a preset refuses is refused with its reason") {
  const std::string slack =
      R"("preset": "slack", "with": {"token": "t", "channel": "c", "text": "{{row.a}}"})";
  CHECK(http_problems(slack, "mirror") ==
        "/mode: \"mirror\" does not go with the preset; messages are not taken back; use "
        "\"append\"\n");
  CHECK(http_problems(slack, "append") == "");
}

TEST_CASE("the example of every preset's page is valid, with its credential") {
  for (const auto& page : config::builtin_pages()) {
    INFO(page.name);
    test::config_folder folder;
    std::vector<std::unique_ptr<test::variable>> variables;
    const auto with_variables = [&](const std::string& text) {
      for (auto at = text.find("${env:"); at != std::string::npos; at = text.find("${env:", at + 1))
        variables.push_back(std::make_unique<test::variable>(
            text.substr(at + 6, text.find('}', at) - at - 6), "https://a.example/x"));
      return text;
    };
    if (!page.credentials.is_null()) {
      auto written = with_variables("{\"credentials\": " + page.credentials.dump() + "}");
      const std::string key_file = "/etc/sluice/google.json";
      if (const auto at = written.find(key_file); at != std::string::npos) {
        folder.write("google.json", "{}");
        std::filesystem::permissions(folder.path() / "google.json",
                                     std::filesystem::perms::owner_read);
        written.replace(at, key_file.size(), "google.json");
      }
      folder.patch_node(written);
    }
    folder.write("connections/customers.json", with_variables(page.example.dump()));
    CHECK(folder.problems() == "");
  }
}

TEST_CASE("every built-in preset tells what it is and where that was read, and hides its secrets") {
  const test::variable secret("SLUICE_TEST_SECRET", "canary");
  for (const auto& preset : config::builtin_presets()) {
    INFO(preset.name);
    const auto document = json::parse(preset.text, nullptr, true, true);
    CHECK(document["preset"].contains("title"));
    CHECK(preset.text.starts_with("// "));
    CHECK(document["preset"]["documentation"].get<std::string>().starts_with("https://"));
    auto with = required_parameters(document);
    bool secrets = false;
    for (const auto& [name, about] : document["preset"]["parameters"].items()) {
      secrets = secrets || about.value("secret", false);
      CHECK(about.contains("description"));
      if (about.value("secret", false))
        with[name] = name == "url" ? "https://a.example/canary" : "canary";
    }
    const auto members = [&] {
      return "\"preset\": \"" + std::string(preset.name) + "\", \"with\": " + with.dump();
    };
    if (!secrets) continue;  // they have a credential of the node
    const auto masked = http_connection(members(), mode_of(preset.name)).shown();
    CHECK(masked.find("canary") == std::string::npos);
    CHECK(masked.find("***") != std::string::npos);
    for (const auto& [name, about] : document["preset"]["parameters"].items())
      if (about.value("secret", false)) with[name] = "${env:SLUICE_TEST_SECRET}";
    const auto shown = http_connection(members(), mode_of(preset.name)).shown();
    CHECK(shown.find("canary") == std::string::npos);
    CHECK(shown.find("${env:SLUICE_TEST_SECRET}") != std::string::npos);
  }
}

TEST_CASE("a preset needs its parameters and knows no others") {
  CHECK(http_problems(R"("preset": "segment")") ==
        "/destination/with/write_key: is missing; write key of the source\n");
  CHECK(http_problems(R"("preset": "segment", "with": {"write_kex": "k"})") ==
        "/destination/with/write_kex: unknown key \"write_kex\"; did you mean \"write_key\"?\n"
        "/destination/with/write_key: is missing; write key of the source\n");
  CHECK(http_problems(R"("preset": "segment", "with": {"write_key": ""})") ==
        "/destination/with/write_key: is empty; it must not be empty\n");
  CHECK(
      http_problems(R"("preset": "segment", "with": {"write_key": "${env:SLUICE_TEST_UNSET}"})") ==
      "/destination/with/write_key: ${env:SLUICE_TEST_UNSET}: the environment variable is not "
      "set; set it in the environment of the node\n");
  CHECK(http_problems(R"("preset": "segment", "with": 7)")
            .starts_with("/destination/with: is a number; it must be an object\n"));
}

TEST_CASE("a preset says what the mapping must have, of several fields one") {
  const auto problems = [](const std::string& preset, const std::string& mapping) {
    return http_connection(R"("preset": )" + preset, "upsert",
                           mapping.empty() ? "" : R"(, "mapping": )" + mapping)
        .problems();
  };
  const std::string braze = R"("braze", "with": {"url": "https://a.example", "api_key": "k"})";
  for (const auto* mapping : {R"({"external_id": "id"})", R"({"email": "email"})",
                              R"({"user_alias.alias_name": "a", "user_alias.alias_label": "b"})"})
    CHECK(problems(braze, mapping).empty());
  CHECK(problems(braze, R"({"first_name": "name"})")
            .starts_with("/mapping: has none of the fields \"external_id\", \"braze_id\", "
                         "\"user_alias.alias_name\", \"user_alias\", \"email\", \"phone\"; Braze "
                         "finds users by it"));
  CHECK(problems(braze, "").empty());  // every column: the model will tell
  const std::string hubspot = R"("hubspot", "with": {"token": "t", "id_property": "crm.id"})";
  CHECK(problems(hubspot, R"({"crm.id": "id"})").empty());
  CHECK(problems(hubspot, R"({"email": "email"})")
            .starts_with("/mapping: has no field \"crm.id\"; HubSpot finds contacts by it"));
  const std::string mailchimp =
      R"("mailchimp", "with": {"url": "https://a.example", "api_key": "k", "list_id": "l"})";
  CHECK(problems(mailchimp, R"({"email_address": "email"})")
            .starts_with("/mapping: has no field \"status\""));
}

TEST_CASE("what a preset of one's own requires is refused where it makes no sense") {
  const auto problems = [](const std::string& required) {
    return with_own(given, R"({"preset": {"parameters": {"url": {}, "token": {}},
                               "requires": )" +
                               required + R"(},
                     "destination": {"upsert": {"method": "POST", "url": "${param:url}",
                                                "body": "{{rows}}"}}})")
        .problems();
  };
  CHECK(problems(R"([{"field": "a"}, {"field": ["b", "c.d"], "why": "because"}])").empty());
  CHECK(problems("[]").empty());
  for (const auto* wrong : {R"("a")", "{}", "[7]", R"([{"why": "x"}])", R"([{"field": 7}])",
                            R"([{"field": []}])", R"([{"field": "a", "wy": "x"}])"}) {
    CAPTURE(wrong);
    CHECK_FALSE(problems(wrong).empty());
  }
}

TEST_CASE("a preset's identity holds for what a connection has of it, and can be overridden") {
  const auto identity = [](const std::string& more) {
    return read_http(R"("preset": "mailchimp", "with": {"url": "https://a.example",
                         "api_key": "k", "list_id": "l"})" +
                     more)
        .identity;
  };
  using enum identity_step;
  const std::vector<config::http_identity> own{{{"email_address"}, {}, {trim, lower}, false},
                                               {{"email"}, {}, {trim, lower}, false}};
  CHECK(identity("") == own);
  CHECK(identity(R"(, "identity": "exact")") == std::vector<config::http_identity>{{}});
  const auto overridden = identity(R"(, "identity": {"email": "casefold"})");
  REQUIRE(overridden.size() == 2);
  CHECK(overridden[1] == config::http_identity{{"email"}, {}, {casefold}, true});
}

TEST_CASE("parameters without a preset are refused") {
  CHECK(http_problems(test::good_upsert + R"(, "with": {"url": "x"})") ==
        "/destination/with: sets the parameters of no preset; name the \"preset\", or remove it\n");
}

TEST_CASE("a preset that is not known is answered with one that is") {
  CHECK(http_problems(R"("preset": "segmnt")") ==
        "/destination/preset: \"segmnt\" is no preset of this program; did you mean \"segment\"?; "
        "a preset of your own is named by its path\n");
  CHECK(http_problems(R"("preset": 7)") ==
        "/destination/preset: is a number; it must be a string\n");
  CHECK(http_problems(R"("preset": "nowhere.json")").find("nowhere.json") != std::string::npos);
}

TEST_CASE("a preset of one's own is filled in, keys of objects included") {
  const auto http = with_own(given).read();
  const auto& upsert = http.requests.at(0);
  CHECK(upsert.url == "https://a.example/v1/people");
  CHECK(upsert.body == R"({"people":"{{rows}}"})");
  CHECK(upsert.headers == std::vector<std::pair<std::string, std::string>>{
                              {"Authorization", "Bearer canary"}, {"X-Group", "people"}});
  CHECK(upsert.batch_rows == 50);  // a parameter alone keeps its type
  const auto other = with_own(
      R"("with": {"url": "https://a.example", "token": "x", "group": "members", "rows": 7})");
  CHECK(other.read().requests.at(0).body == R"({"members":"{{rows}}"})");
  CHECK(other.read().requests.at(0).batch_rows == 7);
}

TEST_CASE("a parameter may hold a template") {
  const auto http =
      with_own(R"("with": {"url": "https://a.example", "token": "x", "group": "{{connection}}"})");
  CHECK(http.read().requests.at(0).url == "https://a.example/v1/{{connection}}");
}

TEST_CASE("what a parameter holds is not filled in again") {
  CHECK(with_own(R"("with": {"url": "https://a.example", "token": "${param:group}"})").problems() ==
        "/destination/with/token: has a ${…} that is none of ${env:NAME}, ${file:PATH}, "
        "${exec:PROGRAM}; write "
        "$${ for a literal ${\n");
}

TEST_CASE("other keys override those of the preset, members of objects one by one") {
  const auto http = with_own(std::string(given) + R"(,
      "batch_rows": 9, "timeout": "3s", "retry": {"cap": "9s"},
      "headers": {"X-Group": "other", "X-More": "more"},
      "upsert": {"method": "PUT", "body": {"list": "{{rows}}"}})")
                        .read();
  CHECK(http.timeout == std::chrono::seconds(3));
  CHECK(http.retry.base == std::chrono::seconds(1));
  CHECK(http.retry.cap == std::chrono::seconds(9));
  const auto& upsert = http.requests.at(0);
  CHECK(upsert.method == "PUT");
  CHECK(upsert.batch_rows == 9);
  CHECK(upsert.body == R"({"people":"{{rows}}","list":"{{rows}}"})");
  CHECK(upsert.headers ==
        std::vector<std::pair<std::string, std::string>>{
            {"Authorization", "Bearer canary"}, {"X-Group", "other"}, {"X-More", "more"}});
}

TEST_CASE("problems of what a preset was filled in to are reported where it is named") {
  CHECK(with_own(R"("with": {"url": "a.example", "token": "x", "rows": "many"})").problems() ==
        "/destination/batch_rows: is a string; it must be a whole number from 1 to 100000\n"
        "/destination/upsert/url: \"a.example/v1/people\" is no http or https address; for example "
        "\"https://api.example.com/v1/contacts\"\n");
  CHECK(with_own(std::string(given) + R"(, "uspert": {})").problems() ==
        "/destination/uspert: unknown key \"uspert\"; did you mean \"upsert\"?\n");
}

TEST_CASE("a secret parameter is shown as its reference only") {
  const test::variable token("SLUICE_TEST_TOKEN", "canary");
  const auto header = [](const std::string& value) {
    const auto shown =
        with_own(R"("with": {"url": "https://a.example", "token": )" + value + "}").shown();
    CHECK(shown.find("canary") == std::string::npos);
    return json::parse(shown)["headers"]["Authorization"].get<std::string>();
  };
  CHECK(header(R"("canary")") == "***");
  CHECK(header(R"("canary${env:SLUICE_TEST_TOKEN}")") == "***");
  CHECK(header(R"("${env:SLUICE_TEST_TOKEN}")") == "Bearer ${env:SLUICE_TEST_TOKEN}");
}

TEST_CASE("a secret parameter is masked wherever the preset puts it and whatever its type") {
  const std::string preset = R"({
    "preset": {"parameters": {"pin": {"secret": true}}},
    "destination": {"upsert": {"method": "POST", "url": "https://a.example/${param:pin}/p",
                               "body": {"people": "{{rows}}", "number": "${param:pin}"}}}})";
  CHECK(with_own(R"("with": {"pin": 271828})", preset).read().requests.at(0).body ==
        R"({"people":"{{rows}}","number":271828})");
  for (const auto* pin : {"271828", "\"271828\"", "[271828]"}) {
    const auto shown = with_own(std::string(R"("with": {"pin": )") + pin + "}", preset).shown();
    CHECK_MESSAGE(shown.find("271828") == std::string::npos, pin);
  }
}

TEST_CASE("a file that is no preset is told what one is") {
  for (const auto* document : {"[]", "{}", R"({"preset": {}})",
                               R"({"preset": {}, "destination": []})", R"({"destination": {}})"})
    CHECK(
        with_own(given, document).problems() ==
        "/destination/preset: is no preset; a preset is an object with the members \"preset\" and "
        "\"destination\"\n");
  CHECK(with_own(given, "{").problems().starts_with("connections/people.json:"));
}

TEST_CASE("a preset that is laid out wrongly is reported") {
  const auto problems = [](const std::string& about) {
    return with_own("\"gzip\": true",
                    R"({"preset": )" + about + R"(, "destination": {)" + test::good_upsert + "}}")
        .problems();
  };
  CHECK(problems(R"({"tilte": "x"})") ==
        "/destination/preset/preset/tilte: unknown key \"tilte\"; did you mean \"title\"?\n");
  CHECK(problems(R"({"parameters": ["url"]})") ==
        "/destination/preset/preset/parameters: is an array; it must be an object\n");
  CHECK(problems(R"({"parameters": {"url": "x"}})") ==
        "/destination/preset/preset/parameters/url: is a string; it must be an object\n");
  CHECK(
      problems(R"({"parameters": {"url": {"default": "x", "secret": "yes", "description": 7}}})") ==
      "/destination/preset/preset/parameters/url/description: is a number; it must be a string\n"
      "/destination/preset/preset/parameters/url/secret: is a string; it must be true or "
      "false\n");
}

TEST_CASE("a preset declares every parameter that it uses") {
  CHECK(with_own("\"gzip\": true", R"({
          "preset": {"parameters": {"url": {"default": "https://a.example"}}},
          "destination": {"upsert": {"method": "POST", "url": "${param:ulr}/v1",
                                     "body": {"${param:group}": "{{rows}}"}}}})")
            .problems() ==
        "/destination/preset: uses ${param:group} without declaring it; declare it among the "
        "preset's \"parameters\"\n"
        "/destination/preset: uses ${param:ulr} without declaring it; declare it among the "
        "preset's \"parameters\"\n");
}
