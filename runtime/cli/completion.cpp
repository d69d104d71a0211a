#include "runtime/cli/completion.hpp"

#include <functional>
#include <map>

#include "messages/expect.hpp"

namespace sluice::cli {
namespace {

using writer = std::string (*)(const command_model&);

const std::map<std::string, writer>& writers() {
  static const std::map<std::string, writer> all{
      {"bash", bash_completion}, {"fish", fish_completion}, {"zsh", zsh_completion}};
  return all;
}

}  // namespace

const std::vector<std::string>& completion_shells() {
  static const auto names = [] {
    std::vector<std::string> all;
    for (const auto& [name, writes] : writers()) all.push_back(name);
    return all;
  }();
  return names;
}

std::string completion_script(const command_model& program, const std::string& shell) {
  const auto writer = writers().find(shell);
  expect(writer != writers().end(), "write completion script", "a shell with a script");
  return writer->second(program);
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return quoted + "'";
}

std::vector<std::string> valued_options(const command_model& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options)
    if (option.kind != word_kind::flag)
      names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

}  // namespace sluice::cli
