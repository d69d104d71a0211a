// `sluice console`: what it asks for, what it prints, when it opens a browser.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr auto url = "http://127.0.0.1:9470/ui/#code=c0de";

/// A machine with a desktop, whose browser writes down what it opens.
struct console_fixture : shim_fixture {
  noted seen;
  std::filesystem::path opened = dir.path() / "opened";
  bool has_desktop = true;
  bool has_browser = true;

  console_fixture() {
    REQUIRE(::mkfifo(opened.c_str(), 0600) == 0);
    std::filesystem::create_directory(dir.path() / "bin");
    const auto browser = dir.path() / "bin" / "xdg-open";
    std::ofstream(browser) << "#!/bin/sh\necho \"$1\" > '" << opened.string() << "'\n";
    std::filesystem::permissions(browser, std::filesystem::perms::owner_all);
  }

  node_script serving() {
    auto script = quiet_node();
    script.on<command::console>() = [this](const command::console& c) {
      seen.add(c.requested_by);
      return console_code{"http://127.0.0.1:9470/ui/", "c0de", 60};
    };
    return script;
  }
  outcome console(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), "console");
    auto what = command(std::move(arguments));
    what.environment["DISPLAY"] = has_desktop ? ":9" : "";
    what.environment["WAYLAND_DISPLAY"] = std::nullopt;
    what.environment["PATH"] =
        has_browser ? (dir.path() / "bin").string() + ":/usr/bin:/bin" : "/nowhere";
    return run_program(what, std::chrono::seconds{30} * slowdown);
  }
  /// What the browser was given; waits for it.
  [[nodiscard]] std::string address_opened() const {
    std::ifstream in(opened);
    std::string line;
    std::getline(in, line);
    return line;
  }
};

}  // namespace

TEST_CASE_FIXTURE(console_fixture, "console opens the address with the code, and prints it") {
  const node_double node{where, serving()};
  const auto ended = console();
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == std::string(url) + "\n");
  CHECK(contains(ended.errors, "the browser opens this address; it signs in once, within 60 s"));
  CHECK(address_opened() == url);
  REQUIRE(seen.all().size() == 1);
  CHECK(contains(seen.all()[0], "@"));
}

TEST_CASE_FIXTURE(console_fixture, "console NAME opens the page of that connection") {
  const node_double node{where, serving()};
  CHECK(console({"customers"}).output == std::string(url) + "&to=connections/customers\n");
  CHECK(address_opened() == std::string(url) + "&to=connections/customers");
}

TEST_CASE_FIXTURE(console_fixture, "for a connection that is not there no code is asked for") {
  const node_double node{where, serving()};
  CHECK(console({"ordres"}).exit_code == 5);
  CHECK(seen.all().empty());
}

TEST_CASE_FIXTURE(console_fixture,
                  "nothing is opened with --print or --json, and the address is printed") {
  const node_double node{where, serving()};
  const auto printed = console({"--print"});
  CHECK(printed.exit_code == 0);
  CHECK(printed.output == std::string(url) + "\n");
  CHECK(contains(printed.errors, "open this address in a browser"));
  const auto document = document_of(console({"--json"}));
  CHECK(document.at("url") == url);
  CHECK(document.at("code") == "c0de");
  CHECK(document.at("expires_in_s") == 60);
}

TEST_CASE_FIXTURE(console_fixture,
                  "without a desktop or a browser the address is printed for people") {
  const node_double node{where, serving()};
  SUBCASE("no desktop") { has_desktop = false; }
  SUBCASE("no browser") { has_browser = false; }
  const auto ended = console();
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == std::string(url) + "\n");
  CHECK(contains(ended.errors, "open this address in a browser"));
}

TEST_CASE_FIXTURE(console_fixture, "a node that serves no console says what to configure") {
  auto script = quiet_node();
  script.on<command::console>() = [](const command::console&) -> console_code {
    throw failure(errc::invalid_config, "open console", {}, "the node serves no console",
                  "give it an api");
  };
  const node_double node{where, script};
  const auto ended = console();
  CHECK(ended.exit_code == 2);
  CHECK(contains(ended.errors, "the node serves no console"));
  CHECK(contains(ended.errors, "give it an api"));
}
