#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

#include "tests/support/temp_dir.hpp"

using namespace sluice::test;
using namespace std::chrono_literals;

TEST_CASE("a program gets its arguments input environment and directory") {
  const temp_dir dir;
  const auto ended = run_program(
      {.program = "sh",
       .arguments = {"-c", "cat; echo $1 $GREETING; pwd; echo no >&2; exit 7", "sh", "one"},
       .environment = {{"GREETING", "hello"}},
       .directory = dir.path(),
       .input = "typed\n"});
  CHECK(ended.exit_code == 7);
  CHECK(ended.output == "typed\none hello\n" + dir.path().string() + "\n");
  CHECK(ended.errors == "no\n");
}

TEST_CASE("more output than a pipe holds is read to its end") {
  const auto ended =
      run_program({.program = "sh", .arguments = {"-c", "head -c 3000000 /dev/zero"}});
  CHECK(ended.output.size() == 3'000'000);
}

TEST_CASE("a program on a terminal sees a terminal of the given width") {
  const auto ended = run_program({.program = "sh",
                                  .arguments = {"-c", "test -t 0 && test -t 1 && stty size"},
                                  .on_terminal = true,
                                  .columns = 77});
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == "24 77\r\n");
}

TEST_CASE("output can be waited for and an answer be given") {
  process p{{.program = "sh",
             .arguments = {"-c", "echo ready; read x; echo got $x"},
             .keep_input_open = true}};
  REQUIRE(p.wait_for_output("ready", 10s));
  CHECK_FALSE(p.wait(0ms));
  CHECK(p.write("it\n"));
  CHECK(p.wait_for_output("got it", 10s));
  CHECK_FALSE(p.wait_for_output("never printed", 10s));  // the end of the output, not the limit
}

TEST_CASE("a signal that ended a program is told") {
  process p{{.program = "sleep", .arguments = {"1000"}}};
  p.signal(SIGTERM);
  const auto ended = p.wait(10s);
  REQUIRE(ended);
  CHECK(ended->signal == SIGTERM);
  CHECK(ended->exit_code == -1);
}

TEST_CASE("a program and its children die with their owner") {
  pid_t child = 0;
  {
    process p{{.program = "sh", .arguments = {"-c", "sleep 1000 & echo $!; wait"}}};
    REQUIRE(p.wait_for_output("\n", 10s));
    child = static_cast<pid_t>(std::stol(p.output()));
    REQUIRE(::kill(child, 0) == 0);
  }
  // The process that inherits the child may not have waited for it yet; a zombie has no command
  // line.
  const auto command_line = "/proc/" + std::to_string(child) + "/cmdline";
  const auto end = std::chrono::steady_clock::now() + 10s;
  const auto alive = [&] { return std::ifstream(command_line).peek() != EOF; };
  while (alive() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK_FALSE(alive());
}

TEST_CASE("a program that does not exist is an error at once") {
  CHECK_THROWS_AS(process({.program = "/nowhere/to/be/found"}), std::system_error);
}
