// The real binary: a node of its own in a fresh directory, and the commands that talk to it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace sluice::test {

class node_fixture {
 public:
  node_fixture();

  /// Writes connections/NAME.json. Before `start`.
  void connection(const std::string& name, const nlohmann::json& config);
  /// Starts the node and waits until it is ready; fails the test with its log if it does not get
  /// there.
  void start();
  /// Ends the node, if there is one, and starts it with this configuration of a connection.
  void restart_with(const std::string& name, const nlohmann::json& config);
  /// Runs `sluice node` until it ends by itself: for a node that must refuse to start.
  outcome start_and_fail();
  /// Ends the node at once, as a power cut would end the process.
  void kill();
  /// Waits until the node was ended by SIGKILL without a test sending it: at its fail point.
  void wait_for_crash();
  /// SIGTERM, then waits for the end; returns the exit code.
  int terminate();
  /// A thread of the node may hang when it ends.
  bool may_hang = false;
  [[nodiscard]] process& node() { return *node_; }
  [[nodiscard]] bool running() const { return node_ != nullptr; }

  /// `sluice ARGUMENTS… --node ADDRESS`.
  outcome sluice(std::vector<std::string> arguments);
  /// The same with `--json`, its output parsed; the exit code has to be `code`.
  nlohmann::json json(std::vector<std::string> arguments, int code = 0);
  /// Starts a command that goes on in the background.
  std::unique_ptr<process> begin(std::vector<std::string> arguments);
  /// Runs `sync NAME --wait` and returns the ended run's record; the exit code has to be `code`.
  nlohmann::json sync(const std::string& name, std::vector<std::string> more = {}, int code = 0);
  /// Asks for the status until `done(status)`; fails the test after ten seconds.
  template <class Done>
  nlohmann::json wait_for(const std::string& name, Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    for (;;) {
      auto status = json({"status", name});
      if (done(status)) return status;
      if (std::chrono::steady_clock::now() > end) give_up("no such status", status);
    }
  }

  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  [[nodiscard]] std::string address() const { return "unix:" + (path() / "node.sock").string(); }
  [[nodiscard]] std::filesystem::path config_file() const { return path() / "node.json"; }
  /// Merged into node.json by `start`.
  nlohmann::json settings = nlohmann::json::object();
  /// The program that is the node, and that talks to it: another one where a test sets it.
  std::string binary;
  /// A program that starts the node, and its arguments: strace, for errors of the kernel.
  std::vector<std::string> wrapper;
  /// On top of this process's, for nodes that start from now on.
  std::map<std::string, std::optional<std::string>> environment;

 private:
  void write_config();
  [[nodiscard]] program this_node() const;
  [[noreturn]] static void give_up(const std::string& what, const nlohmann::json& seen);

  temp_dir dir_;
  std::unique_ptr<process> node_;
};

/// The lines of a JSON Lines file, reduced to what a reader of it would hold: key text -> row.
std::map<std::string, nlohmann::json> replay_jsonl(const std::filesystem::path& file);

/// A JSON text that contains `part`.
bool contains(const nlohmann::json& text, const std::string& part);

/// From the request to stop an ended run to when its source was touched last.
std::chrono::milliseconds halting_time(const nlohmann::json& run);

/// Run counters add up as the contract says.
void check_adds_up(const nlohmann::json& run);

}  // namespace sluice::test
