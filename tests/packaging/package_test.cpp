// The Debian package and `cmake --install`, made from this build; nothing is installed for real.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/process.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string run(const std::string& program, const std::vector<std::string>& arguments) {
  const auto ended = test::run_program({.program = program, .arguments = arguments}, 100s);
  INFO("stdout: ", ended.output);
  INFO("stderr: ", ended.errors);
  REQUIRE(ended.exit_code == 0);
  return ended.output;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  REQUIRE_MESSAGE(in, file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Packing takes seconds: once for all cases of a process.
struct package {
  package() {
    run(CPACK,
        {"-G", "DEB", "--config", BUILD_DIR "/CPackConfig.cmake", "-B", dir.path().string()});
    for (const auto& entry : fs::directory_iterator(dir.path()))
      if (entry.path().extension() == ".deb") file = entry.path().string();
    REQUIRE_FALSE(file.empty());
    run("dpkg-deb", {"--raw-extract", file, root.string()});
  }
  [[nodiscard]] std::string field(const std::string& name) const {
    return run("dpkg-deb", {"--field", file, name});
  }

  test::temp_dir dir;
  std::string file;
  fs::path root = dir.path() / "root";
};

const package& the_package() {
  static const package made;
  return made;
}

}  // namespace

TEST_CASE("the package says what it needs and what it is") {
  const auto& p = the_package();
  CHECK(p.field("Package") == "sluice\n");
  CHECK(p.field("Description").starts_with("reverse ETL engine"));
  for (const auto* needed : {"libsqliteodbc", "tzdata", "libcaf-core", "libsystemd0", "libcurl4"})
    CHECK_MESSAGE(contains(p.field("Depends"), needed), needed);
  CHECK(contains(p.field("Pre-Depends"), "init-system-helpers"));
  for (const auto* driver : {"odbc-postgresql", "odbc-mariadb", "ca-certificates"})
    CHECK_MESSAGE(contains(p.field("Recommends"), driver), driver);
}

TEST_CASE("the package holds program, service, configuration and what explains them") {
  const auto& root = the_package().root;
  for (const auto* file :
       {"usr/bin/sluice", "usr/lib/systemd/system/sluice.service", "etc/sluice/node.json",
        "usr/share/doc/sluice/reference.md", "usr/share/doc/sluice/copyright",
        "usr/share/doc/sluice/changelog.gz", "usr/share/doc/sluice/examples/node.json",
        "usr/share/doc/sluice/examples/connections/customers.json",
        "usr/share/man/man1/sluice.1.gz", "usr/share/bash-completion/completions/sluice",
        "usr/share/zsh/vendor-completions/_sluice",
        "usr/share/fish/vendor_completions.d/sluice.fish"})
    CHECK_MESSAGE(fs::is_regular_file(root / file), file);
  CHECK(fs::is_directory(root / "etc/sluice/connections"));
  CHECK(fs::is_empty(root / "etc/sluice/connections"));
  // What the administrator changes survives an upgrade.
  CHECK(content_of(root / "DEBIAN/conffiles") == "/etc/sluice/node.json\n");
  CHECK(contains(content_of(root / "usr/lib/systemd/system/sluice.service"),
                 "ExecStart=/usr/bin/sluice node --config /etc/sluice/node.json\n"));
}

TEST_CASE("the package's program takes the configuration that comes with it") {
  if (!test::runs_outside_its_build) return;
  const auto& root = the_package().root;
  CHECK(contains(run((root / "usr/bin/sluice").string(),
                     {"check", "--config", (root / "etc/sluice/node.json").string()}),
                 "the configuration is valid"));
}

TEST_CASE("the maintainer scripts are sound and do nothing where no systemd runs") {
  const auto& p = the_package();
  for (const auto* script : {"postinst", "prerm", "postrm"}) {
    CAPTURE(script);
    const auto path = (p.root / "DEBIAN" / script).string();
    CHECK((fs::status(path).permissions() & fs::perms::all) == fs::perms{0755});
    run("sh", {"-n", path});
    CHECK(contains(content_of(path), "\nset -e\n"));
    // Nothing of what the service manager is told is a reason to fail.
    std::istringstream lines(content_of(path));
    for (std::string line; std::getline(lines, line);) {
      const auto first = line.substr(std::min(line.find_first_not_of(' '), line.size()));
      if (first.starts_with("deb-systemd-") || first.starts_with("systemctl "))
        CHECK_MESSAGE(line.ends_with("|| true"), line);
    }
    // An argument that it does not know of is none of its business.
    run("sh", {path, "another-time"});
  }
}

TEST_CASE("systemd finds nothing wrong with the service") {
  if (std::system("command -v systemd-analyze >/dev/null") != 0) {
    MESSAGE("systemd-analyze is not installed");
    return;
  }
  const auto& p = the_package();
  // It looks for the program, which is not where the package will put it.
  auto unit = content_of(p.root / "usr/lib/systemd/system/sluice.service");
  const std::string program = "/usr/bin/sluice";
  unit.replace(unit.find("=" + program) + 1, program.size(), SLUICE_BINARY);
  const auto file = p.dir.path() / "sluice.service";
  std::ofstream(file) << unit;
  const auto ended = test::run_program(
      {.program = "systemd-analyze", .arguments = {"verify", "--man=no", file.string()}});
  INFO(ended.errors);
  CHECK(ended.exit_code == 0);
  CHECK_FALSE(contains(ended.errors, "sluice"));
}

TEST_CASE("an installation goes below its prefix alone, and the service refers to it") {
  const test::temp_dir dir;
  const auto prefix = dir.path() / "opt";
  run(CMAKE, {"--install", BUILD_DIR, "--prefix", prefix.string()});
  const auto unit = content_of(prefix / "lib/systemd/system/sluice.service");
  CHECK(contains(unit, "ExecStart=" + (prefix / "bin/sluice").string() + " node"));
  CHECK(fs::is_regular_file(prefix / "share/zsh/site-functions/_sluice"));
  CHECK(fs::is_regular_file(prefix / "share/man/man1/sluice.1.gz"));
  CHECK_FALSE(fs::exists(prefix / "etc"));
}
