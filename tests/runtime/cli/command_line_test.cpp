#include "runtime/cli/command_line.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "messages/own_version.hpp"
#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(shim_fixture,
                  "what makes no sense is wrong usage with a hint on standard error") {
  const std::vector<std::vector<std::string>> wrong{
      {"--bogus"},
      {"status"},
      {"status", "a", "b"},
      {"sync", "customers", "--bogus"},
      {"runs", "customers", "--limit", "0"},
      {"runs", "customers", "--limit", "many"},
      {"status", "customers", "--timeout", "5"},
      {"status", "customers", "--timeout", "0s"},
      {"status", "customers", "--node", "udp:host:1"},
      {"node"},
      {"check"},
      {"tls"},
      {"tls", "init"},
      {"tls", "renew", "node:a"},
      {"tls", "init", "node"},
      {"tls", "init", "operator:ci=a.example"},
      {"tls", "init", "node:a", "--days", "0"},
  };
  for (const auto& arguments : wrong) {
    CAPTURE(arguments);
    const auto ended = shim(arguments);
    CHECK(ended.exit_code == 2);
    CHECK(ended.output.empty());
    CHECK(contains(ended.errors, "error: "));
    CHECK(contains(ended.errors, "hint: "));
  }
}

TEST_CASE_FIXTURE(shim_fixture, "wrong usage with --json is one JSON document") {
  const auto ended = shim({"status", "--json"});
  CHECK(ended.exit_code == 2);
  const auto e = document_of(ended).at("error");
  CHECK(e.at("code") == "usage");
  CHECK(contains(e.at("message"), "CONNECTION is required"));
  CHECK(contains(e.at("hint"), "sluice status --help"));
  CHECK(ended.errors.empty());
}

TEST_CASE_FIXTURE(shim_fixture, "a mistyped command is answered with the near one") {
  CHECK(contains(shim({"synk", "customers"}).errors, "did you mean `sluice sync`?"));
}

TEST_CASE_FIXTURE(shim_fixture, "help and version go to standard output") {
  const auto help = shim({"--help"});
  CHECK(help.exit_code == 0);
  for (const auto* word : {"node", "check", "connections", "sync", "stop", "status", "runs",
                           "rejected", "shutdown", "backup", "restore", "Exit codes"})
    CHECK(contains(help.output, word));
  const auto sync = shim({"sync", "--help"});
  for (const auto* word :
       {"--full", "--wait", "--watch", "--allow-deletes", "--node", "--timeout", "--json"})
    CHECK(contains(sync.output, word));
  CHECK(shim({"--version"}).output == "sluice " + own_version() + "\n");
}

TEST_CASE_FIXTURE(shim_fixture,
                  "without a command the commands are shown and that is wrong usage") {
  const auto bare = shim({});
  CHECK(bare.exit_code == 2);
  CHECK(bare.output.empty());
  for (const auto* word : {"connections", "sync", "Exit codes"}) CHECK(contains(bare.errors, word));
}

TEST_CASE_FIXTURE(shim_fixture, "help and version are commands, too") {
  CHECK(shim({"version"}).output == "sluice " + own_version() + "\n");
  CHECK(shim({"help"}).output == shim({"--help"}).output);
  CHECK(contains(shim({"help", "sync"}).output, "--allow-deletes"));
  const auto unknown = shim({"help", "synk"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.errors, "did you mean `sluice sync`?"));
}

TEST_CASE_FIXTURE(shim_fixture, "help says what --json prints") {
  CHECK(contains(shim({"status", "--help"}).output, "exactly one JSON document"));
  const auto sync = shim({"sync", "--help"}).output;
  CHECK_FALSE(contains(sync, "exactly one"));
  CHECK(contains(sync, "with --watch"));
}

TEST_CASE_FIXTURE(shim_fixture, "the option names the node before the variable does") {
  const node_double node{where};
  auto by_option = command({"connections", "--node", where.text()});
  by_option.environment["SLUICE_NODE"] = "unix:/nowhere.sock";
  CHECK(run_program(by_option).exit_code == 0);
  CHECK(shim({"connections"}).exit_code == 0);  // by the variable
}

TEST_CASE_FIXTURE(shim_fixture, "without option and variable the node is in the state directory") {
  auto unnamed = command({"connections"});
  unnamed.environment["SLUICE_NODE"] = std::nullopt;
  const auto absent = run_program(unnamed);
  CHECK(absent.exit_code == 3);
  CHECK(contains(absent.errors, "unix:state/sluice.sock"));
  std::filesystem::create_directory(dir.path() / "state");
  const node_double node{{dir.path() / "state" / "sluice.sock"}};
  CHECK(run_program(unnamed).exit_code == 0);
  unnamed.environment["SLUICE_NODE"] = "";
  CHECK(run_program(unnamed).exit_code == 0);
}

TEST_CASE_FIXTURE(shim_fixture, "node and check get their options and keep their exit codes") {
  const auto node = shim({"node", "--config", "node.json"});
  CHECK(node.exit_code == 0);
  CHECK(node.output == "node node.json\n");
  const auto check = shim({"check", "--config", "node.json", "one", "two", "--json"});
  CHECK(check.exit_code == 1);
  CHECK(check.output == "check node.json one two json\n");
  CHECK(shim({"check", "--config", "node.json", "--show", "one"}).output ==
        "check node.json one show\n");
  const auto locked = shim({"node", "--config", "locked.json"});
  CHECK(locked.exit_code == 1);
  CHECK(contains(locked.errors, "lock state directory 'state': process 7 holds it"));
  CHECK(contains(locked.errors, "stop it first"));
}

TEST_CASE_FIXTURE(shim_fixture, "a result that cannot be written is no success") {
  const node_double node{where};
  auto full = command({"-c", std::string{SHIM} + " status customers > /dev/full"});
  full.program = "sh";
  const auto ended = run_program(full);
  CHECK(ended.exit_code == 1);
  CHECK(contains(ended.errors, "standard output cannot be written"));
}

TEST_CASE_FIXTURE(shim_fixture, "a backup needs a folder and a configuration that can be read") {
  CHECK(shim({"backup", "--config", "node.json"}).exit_code == 2);
  CHECK(shim({"restore", "backup"}).exit_code == 2);
  for (const auto* const command : {"backup", "restore"}) {
    const auto e = shim({command, "backup", "--config", "no/node.json", "--json"});
    CHECK(e.exit_code == 2);
    CHECK(contains(e.output, "invalid_config"));
    CHECK(contains(e.output, "no/node.json"));
  }
}
