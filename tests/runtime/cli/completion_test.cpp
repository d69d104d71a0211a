// The completion scripts in the shells themselves, and the manual page in the program that shows
// it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/runtime/cli/shim_fixture.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 10s;

/// The program under its own name, and each shell's script where that shell looks for it.
struct completion_fixture : shim_fixture {
  completion_fixture() {
    std::filesystem::create_directory(dir.path() / "bin");
    std::filesystem::create_symlink(SHIM, dir.path() / "bin/sluice");
    for (const std::string shell : {"bash", "zsh", "fish"}) {
      const auto script = shim({"completion", shell});
      REQUIRE(script.exit_code == 0);
      std::ofstream(dir.path() / ("bin/_sluice" + (shell == "zsh" ? "" : "." + shell)))
          << script.output;
    }
    std::ofstream(dir.path() / "node configuration.json") << "{}";
  }

  [[nodiscard]] program shell(const std::string& name, std::vector<std::string> arguments) const {
    auto what = command(std::move(arguments));
    what.program = name;
    what.environment["PATH"] = (dir.path() / "bin").string() + ":" + std::getenv("PATH");
    what.environment["HOME"] = dir.path().string();
    return what;
  }

  /// What becomes of `typed` and a Tab in a shell on a terminal, without the space behind it, which
  /// zsh takes back when something else than a letter follows.
  static std::string completed(process& shell, const std::string& typed) {
    // Ctrl-A and Ctrl-E go to the ends of the line: it becomes the argument of a printf.
    static int serial = 0;
    const auto mark = "line " + std::to_string(++serial);
    shell.write(typed + "\t\x01printf '" + mark + "<%s>\\n' \"\x05\"\r");
    const auto begins = mark + "<sluice";
    if (!shell.wait_for_output(begins, patience)) return "no answer: " + shell.output();
    for (;;) {
      const auto output = shell.output();
      const auto begin = output.rfind(begins) + mark.size() + 1;
      const auto end = output.find(">\r", begin);
      if (end != std::string::npos)
        return output.substr(begin, output.find_last_not_of(' ', end - 1) + 1 - begin);
    }
  }

  /// What holds in every shell that completes in place.
  static void check_completes(process& shell) {
    for (const auto& [typed, line] : std::vector<std::pair<std::string, std::string>>{
             {"sluice sy", "sluice sync"},
             {"sluice sync --al", "sluice sync --allow-deletes"},
             {"sluice sync cu", "sluice sync customers"},
             {"sluice stop --json --timeout 5s cu", "sluice stop --json --timeout 5s customers"},
             {"sluice sync --node u", "sluice sync --node unix:"},
             {"sluice sync --node unix:./node.s", "sluice sync --node unix:./node.sock"},
             {"sluice completion f", "sluice completion fish"},
             {"sluice check --config ./node\\ c",
              "sluice check --config ./node\\ configuration.json"},
         }) {
      CAPTURE(typed);
      CHECK(completed(shell, typed) == line);
    }
  }

  /// The candidates of fish, which can be asked for them.
  [[nodiscard]] std::string fish_candidates(const std::string& line) const {
    const auto ended = run_program(shell(
        "fish", {"--no-config", "-c", "source bin/_sluice.fish; complete -C $argv[1]", line}));
    CHECK(ended.errors.empty());
    return ended.output;
  }
};

}  // namespace

TEST_CASE_FIXTURE(completion_fixture, "bash completes commands, options and their values") {
  const node_double node{where};
  auto on_terminal = shell("bash", {"--norc", "--noprofile", "-i"});
  on_terminal.on_terminal = true;
  process bash{on_terminal};
  bash.write("source bin/_sluice.bash; echo is set$((1))up\r");
  REQUIRE(bash.wait_for_output("is set1up", patience));
  check_completes(bash);
  CHECK(completed(bash, "sluice sync --node=u") == "sluice sync --node=unix:");
}

TEST_CASE_FIXTURE(completion_fixture, "zsh completes commands, options and their values") {
  const node_double node{where};
  auto on_terminal = shell("zsh", {"-f", "-i"});
  on_terminal.on_terminal = true;
  process zsh{on_terminal};
  zsh.write(
      "fpath=($PWD/bin $fpath); autoload -U compinit; compinit -u -D; bindkey -e; "
      "echo is set$((1))up\r");
  REQUIRE(zsh.wait_for_output("is set1up", patience));
  check_completes(zsh);
}

TEST_CASE_FIXTURE(completion_fixture, "fish completes commands, options and their values") {
  const node_double node{where};
  CHECK(fish_candidates("sluice sy") == "sync\tStart a run and print its id\n");
  CHECK(fish_candidates("sluice sync --al") ==
        "--allow-deletes\tLet this run through the delete guard\n");
  CHECK(fish_candidates("sluice sync cu") == "customers\n");
  CHECK(fish_candidates("sluice stop --json --timeout 5s cu") == "customers\n");
  CHECK(fish_candidates("sluice stop customers cu").empty());
  CHECK(fish_candidates("sluice check customers cu") == "customers\n");
  CHECK(fish_candidates("sluice sync --node u").starts_with("unix:\t"));
  CHECK(fish_candidates("sluice sync --node unix:./node.s").starts_with("unix:./node.sock\t"));
  CHECK(fish_candidates("sluice completion ") == "bash\nfish\nzsh\n");
  CHECK(contains(fish_candidates("sluice check --config ./node"), "node configuration.json"));
}

TEST_CASE_FIXTURE(completion_fixture, "every command of --help is completed by every shell") {
  const auto help = shim({"--help"}).output;
  const auto begin = help.find("Subcommands:\n");
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(help.substr(begin, help.find("\n\n", begin) - begin));
  std::string line;
  std::getline(lines, line);
  const auto fish = "\n" + fish_candidates("sluice ");
  std::string all;
  while (std::getline(lines, line)) {
    const auto name = line.substr(2, line.find(' ', 2) - 2);
    CAPTURE(name);
    CHECK(contains(fish, "\n" + name + "\t"));
    all += (all.empty() ? "" : " ") + name;
  }
  CHECK(contains(shim({"completion", "bash"}).output, "__sluice_commands='" + all + "'"));
}

TEST_CASE_FIXTURE(completion_fixture, "without a node completion is quiet") {
  CHECK(fish_candidates("sluice sync ").empty());
  const auto names = run_program(
      shell("bash", {"-c",
                     "source bin/_sluice.bash; COMP_WORDS=(sluice sync ''); COMP_CWORD=2; "
                     "_sluice sluice; echo \"${#COMPREPLY[@]}\""}));
  CHECK(names.output == "0\n");
  CHECK(names.errors.empty());
}

TEST_CASE_FIXTURE(completion_fixture, "a shell that no script is for is wrong usage") {
  const auto ended = shim({"completion", "tcsh"});
  CHECK(ended.exit_code == 2);
  CHECK(contains(ended.errors, "{bash,fish,zsh}"));
}

TEST_CASE_FIXTURE(completion_fixture, "connections --names prints the names alone") {
  const node_double node{where};
  CHECK(shim({"connections", "--names"}).output == "customers\n");
  CHECK(shim({"connections", "--names", "--json"}).exit_code == 2);
}

TEST_CASE_FIXTURE(completion_fixture,
                  "the manual page is shown without a warning and is complete") {
  const auto page = shim({"man"}).output;
  std::ofstream(dir.path() / "sluice.1") << page;
  const auto shown = run_program(shell(
      "groff", {"-man", "-Tutf8", "-ww", "-rCHECKSTYLE=3", "-P-c", "-P-b", "-P-u", "sluice.1"}));
  CHECK(shown.exit_code == 0);
  CHECK(shown.errors.empty());
  for (const auto* part :
       {"sluice - reverse ETL engine", "sluice sync CONNECTION [options]", "--allow-deletes",
        "--node ADDRESS", "Taken by: every command.", "EXIT CODES", "sluice.service"})
    CHECK_MESSAGE(contains(shown.output, part), part);
}
