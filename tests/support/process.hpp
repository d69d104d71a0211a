// Runs programs for a test: arguments, environment and input; output and exit code; on pipes or on
// a terminal of their own.
//
//   process node{{.program = SLUICE_BINARY, .arguments = {"node", "--config", file}}};
//   REQUIRE(node.wait_for_output("ready", 10s));
//   const auto status = run_program({.program = SLUICE_BINARY, .arguments = {"nodes"}});
//   CHECK(status.exit_code == 0);
//   node.signal(SIGTERM);
//   CHECK(node.wait(10s)->exit_code == 0);
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// How to start a program.
struct program {
  std::filesystem::path program;  ///< a path, or a name that is looked up in $PATH
  std::vector<std::string> arguments = {};
  /// On top of this process's environment; nothing: the variable is removed.
  std::map<std::string, std::optional<std::string>> environment = {};
  std::filesystem::path directory = {};  ///< to run in; empty: this process's
  std::string input = {};                ///< standard input's content
  bool keep_input_open = false;  ///< after `input`, until `close_input`; always on a terminal
  /// All three standard streams are one terminal (a pty), so there is no separate standard error.
  bool on_terminal = false;
  unsigned short columns = 100;  ///< the terminal's width
};

/// How a program ended, and its output.
struct outcome {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;      ///< that signal, or 0
  std::string output;  ///< standard output; on a terminal everything, line ends as "\r\n"
  std::string errors;  ///< standard error
};

/// A running program. Its output is read all the time by a thread of its own, so it never blocks on
/// a full pipe. When this object goes, the program and its process group are killed, and the
/// program is waited for. The kernel kills it, too, if the thread that created it ends. Methods may
/// be called from any thread; none throws but the constructor, which does (std::system_error) if
/// the program cannot be started.
class process {
 public:
  using milliseconds = std::chrono::milliseconds;

  explicit process(const program& what);
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] pid_t pid() const;
  /// Sends to the program alone; nothing happens if it has ended. After SIGSTOP it has stopped.
  void signal(int number);

  /// Writes to standard input, which must have been kept open. False if the program closed it.
  bool write(std::string_view text);
  /// End of input; on a terminal, Ctrl-D.
  void close_input();

  /// Everything printed so far.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;
  /// Waits until standard output (or standard error) contains `text`. False if the time is over, or
  /// the program closed its streams, without it.
  [[nodiscard]] bool wait_for_output(std::string_view text, milliseconds limit) const;
  [[nodiscard]] bool wait_for_errors(std::string_view text, milliseconds limit) const;

  /// Waits for the program to end and for its last output; nothing if it still runs after `limit`.
  [[nodiscard]] std::optional<outcome> wait(milliseconds limit);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Runs a program to its end. Throws std::runtime_error with its output if that takes longer than
/// `limit`; the program is killed then.
outcome run_program(const program& what,
                    std::chrono::milliseconds limit = std::chrono::seconds{30});

}  // namespace sluice::test
