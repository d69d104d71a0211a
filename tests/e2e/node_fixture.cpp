#include "tests/e2e/node_fixture.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "messages/timestamp.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;

void write(const std::filesystem::path& file, const nlohmann::json& content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file);
  out << content.dump(2);
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace

node_fixture::node_fixture() : binary(SLUICE_BINARY) {
  std::filesystem::create_directory(path() / "connections");
}

void node_fixture::connection(const std::string& name, const nlohmann::json& config) {
  write(path() / "connections" / (name + ".json"), config);
}

void node_fixture::restart_with(const std::string& name, const nlohmann::json& config) {
  if (running()) CHECK(terminate() == 0);
  connection(name, config);
  start();
}

void node_fixture::write_config() {
  nlohmann::json config{{"node", "test"},
                        {"listen", {address()}},
                        {"state_dir", (path() / "state").string()},
                        {"connections", "connections/*.json"}};
  config.update(settings);
  write(config_file(), config);
}

program node_fixture::this_node() const {
  std::vector<std::string> words = wrapper;
  words.insert(words.end(), {binary, "node", "--config", config_file().string()});
  return {.program = words.front(),
          .arguments = {words.begin() + 1, words.end()},
          .environment = environment};
}

void node_fixture::start() {
  write_config();
  node_ = std::make_unique<process>(this_node());
  if (!node_->wait_for_output("ready", patience)) {
    INFO("log: ", node_->errors());
    REQUIRE_MESSAGE(false, "the node did not become ready");
  }
}

outcome node_fixture::start_and_fail() {
  write_config();
  return run_program(this_node(), patience);
}

void node_fixture::kill() {
  node_->signal(SIGKILL);
  REQUIRE(node_->wait(patience));
  node_.reset();
}

void node_fixture::wait_for_crash() {
  const auto end = node_->wait(patience);
  REQUIRE_MESSAGE(end, "the node did not crash");
  INFO("log: ", end->errors);
  REQUIRE(end->signal == SIGKILL);
  node_.reset();
}

int node_fixture::terminate() {
  node_->signal(SIGTERM);
  const auto end = node_->wait(90s);
  REQUIRE(end);
  // Something was waited for in vain otherwise, for longer than a test notices.
  if (!may_hang) CHECK_FALSE(node_->errors().find("ends without waiting") != std::string::npos);
  node_.reset();
  return end->exit_code;
}

outcome node_fixture::sluice(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--node", address()});
  return run_program({.program = binary, .arguments = std::move(arguments)}, 120s);
}

std::unique_ptr<process> node_fixture::begin(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--node", address()});
  return std::make_unique<process>(program{.program = binary, .arguments = std::move(arguments)});
}

nlohmann::json node_fixture::json(std::vector<std::string> arguments, int code) {
  arguments.emplace_back("--json");
  const auto ended = sluice(std::move(arguments));
  INFO("stdout: ", ended.output);
  INFO("stderr: ", ended.errors);
  INFO("log: ", node_ ? node_->errors() : std::string{});
  REQUIRE(ended.exit_code == code);
  return nlohmann::json::parse(ended.output);
}

nlohmann::json node_fixture::sync(const std::string& name, std::vector<std::string> more,
                                  int code) {
  std::vector<std::string> arguments{"sync", name, "--wait"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto run = json(std::move(arguments), code);
  check_adds_up(run);
  return run;
}

void node_fixture::give_up(const std::string& what, const nlohmann::json& seen) {
  INFO("seen last: ", seen.dump());
  REQUIRE_MESSAGE(false, what);
  throw std::logic_error("unreachable");
}

std::map<std::string, nlohmann::json> replay_jsonl(const std::filesystem::path& file) {
  std::map<std::string, nlohmann::json> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto delta = nlohmann::json::parse(line);
    if (delta.at("op") == "delete") {
      rows.erase(delta.at("key").dump());
    } else {
      rows[delta.at("key").dump()] = delta.at("row");
    }
  }
  return rows;
}

bool contains(const nlohmann::json& text, const std::string& part) {
  return text.get<std::string>().find(part) != std::string::npos;
}

std::chrono::milliseconds halting_time(const nlohmann::json& run) {
  const auto time = [&](const char* field) {
    return parse_timestamp(run.at(field).get<std::string>()).value();
  };
  return time("reading_halted_at") - time("stop_requested_at");
}

void check_adds_up(const nlohmann::json& run) {
  const auto n = [&](const char* field) { return run.at(field).get<std::uint64_t>(); };
  CHECK(n("read") == n("unchanged") + n("invalid") + n("inserts") + n("updates"));
  CHECK(n("inserts") + n("updates") + n("deletes") ==
        n("delivered") + n("rejected") + n("undelivered"));
}

}  // namespace sluice::test
