#include <doctest/doctest.h>

#include <sys/stat.h>

#include "tests/runtime/config/config_folder.hpp"

using namespace sluice;
using test::config_folder;

namespace {

std::string warnings(const config_folder& folder) {
  auto loaded = folder.load();
  REQUIRE_MESSAGE(loaded.config, folder.problems());
  auto text = config::to_text(loaded.warnings);
  for (auto at = text.find(folder.path().string()); at != std::string::npos;
       at = text.find(folder.path().string(), at))
    text.erase(at, folder.path().string().size());
  return text;
}

void set_mode(const config_folder& folder, const char* file, mode_t mode) {
  REQUIRE(::chmod((folder.path() / file).c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("a file with a secret that others may read is warned of") {
  const config_folder folder;
  folder.write("connections/token", "q8Zk2mWx");
  folder.patch_connection(
      R"({"mode": "upsert", "destination": {"kind": "http", "path": null, "headers": {"Authorization": "Bearer ${file:token}"},
          "upsert": {"method": "POST", "url": "http://127.0.0.1:1/", "body": "{{rows}}"}}})");
  set_mode(folder, "connections/token", 0644);
  const std::string where = "/connections/customers.json: /connections/token is read for a secret";
  CHECK(warnings(folder) == where +
                                ", and everybody on this machine may read it (mode 0644); "
                                "chmod 600 /connections/token\n");
  set_mode(folder, "connections/token", 0640);
  CHECK(warnings(folder) ==
        where + ", and its group may read it (mode 0640); chmod 600 /connections/token\n");
  set_mode(folder, "connections/token", 0600);
  CHECK(warnings(folder) == "");
}

TEST_CASE("a configuration is warned of if it holds secrets and others may read it") {
  const config_folder folder;
  set_mode(folder, "connections/customers.json", 0644);
  CHECK(warnings(folder) == "");
  folder.patch_connection(R"({"source": {"odbc": "Driver=X;Pwd=hunter22"}})");
  set_mode(folder, "connections/customers.json", 0644);
  CHECK(warnings(folder) ==
        "/connections/customers.json: /connections/customers.json holds a secret, and everybody on "
        "this machine may read it (mode 0644); chmod 600 /connections/customers.json, or put the "
        "secret into a file: ${file:PATH}\n");
  set_mode(folder, "connections/customers.json", 0600);
  CHECK(warnings(folder) == "");
}

TEST_CASE("an invalid configuration is not warned of") {
  const config_folder folder;
  folder.patch_connection(R"({"source": {"odbc": "Driver=X;Pwd=hunter22"}, "x": 1})");
  CHECK(folder.load().warnings.empty());
}
