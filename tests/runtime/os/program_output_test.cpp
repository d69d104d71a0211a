#include "runtime/os/program_output.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// A folder with programs of the test.
struct programs {
  std::string make(const std::string& script, mode_t mode = 0700) const {
    const auto file = (dir.path() / "program").string();
    std::ofstream(file) << "#!/bin/sh\n" << script;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }
  [[nodiscard]] os::program_line run(const std::string& script,
                                     std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), make(script));
    return os::first_line_of(arguments, 10s, 100);
  }

  test::temp_dir dir;
};

}  // namespace

TEST_CASE_FIXTURE(programs, "the first line of a program is taken, without its end") {
  CHECK(run("echo secret; echo more").text == "secret");
  CHECK(run("printf 'secret\\r\\n'").text == "secret");
  CHECK(run("printf secret").text == "secret");
  CHECK(run(":").text == "");
}

TEST_CASE_FIXTURE(programs, "arguments reach a program as they are, and no shell reads them") {
  CHECK(run("echo \"$#:$2\"", {"a b", "$(id)"}).text == "2:$(id)");
}

TEST_CASE_FIXTURE(programs, "a program that prints without end is read to its first line") {
  CHECK(run("echo secret; head -c 1000000 /dev/zero").text == "secret");
}

TEST_CASE_FIXTURE(programs, "a program that fails has no line, whatever it has printed") {
  const auto failed = run("echo secret; echo more >&2; exit 3");
  CHECK_FALSE(failed.text);
  CHECK(failed.why == "it ended with status 3");
  CHECK(run("kill -9 $$").why == "it was ended by signal 9");
}

TEST_CASE_FIXTURE(programs, "a program that does not end is killed with all that it has started") {
  const auto begin = std::chrono::steady_clock::now();
  for (const auto* script : {"echo x; sleep 60 & sleep 60", "exec >&-; sleep 60"}) {
    const auto hung = os::first_line_of({make(script)}, 200ms, 100);
    CHECK(hung.why == "it has not ended within 200 ms");
  }
  CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

TEST_CASE_FIXTURE(programs, "a line that is too long, and a program that is not there, are named") {
  CHECK(run("head -c 101 /dev/zero").why == "its first line has more than 100 bytes");
  CHECK(os::first_line_of({(dir.path() / "none").string()}, 10s, 100).why ==
        "No such file or directory");
}

TEST_CASE_FIXTURE(programs, "a program that others could replace is not to be run") {
  CHECK(os::why_not_run(make(":", 0755)) == "");
  CHECK(os::why_not_run("/bin/sh") == "");
  CHECK(os::why_not_run(make(":", 0600)) == "may not be executed");
  CHECK(os::why_not_run(make(":", 0722)) == "may be written by others");
  CHECK(os::why_not_run(make(":", 0770)) == "may be written by others");
  CHECK(os::why_not_run(dir.path()) == "is not a regular file");
  CHECK(os::why_not_run(dir.path() / "none") == "No such file or directory");
  const auto open = dir.path() / "open";
  std::filesystem::create_directory(open);
  REQUIRE(::chmod(open.c_str(), 0777) == 0);
  std::filesystem::copy(make(":"), open / "program");
  CHECK(os::why_not_run(open / "program") == "is in a folder that may be written by others");
}
