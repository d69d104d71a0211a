#include "runtime/cli/command_model.hpp"

#include <CLI/CLI.hpp>
#include <string_view>

namespace sluice::cli {
namespace {

/// The words of CLI::IsMember, which puts them into the type's name: `TEXT:{bash,zsh,fish}`.
std::vector<std::string> choices_in(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

word_kind kind_of(std::string_view value, const std::vector<std::string>& choices) {
  if (!choices.empty()) return word_kind::choice;
  if (value == "FILE") return word_kind::file;
  if (value == "ADDRESS") return word_kind::address;
  if (value == "CONNECTION") return word_kind::connection;
  return word_kind::text;
}

word_model word_of(const CLI::Option& option) {
  word_model word;
  for (const auto& name : option.get_snames()) word.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) word.names.push_back("--" + name);
  word.description = option.get_description();
  word.default_value = option.get_default_str();
  word.required = option.get_required();
  const auto type = option.get_type_name();
  word.choices = choices_in(type);
  if (option.get_positional()) {
    word.value = option.get_name(true);
    word.repeated = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  } else if (option.get_items_expected_max() > 0) {
    word.value = type.substr(0, type.find_first_of(": "));
    if (word.value.empty()) word.value = "VALUE";
  }
  if (!word.value.empty()) word.kind = kind_of(word.value, word.choices);
  return word;
}

}  // namespace

command_model model_of(const CLI::App& program) {
  command_model model;
  model.name = program.get_name();
  model.description = program.get_description();
  model.footer = program.get_footer();
  for (const auto* option : program.get_options()) {
    if (option->get_group().empty()) continue;
    auto word = word_of(*option);
    (word.names.empty() ? model.arguments : model.options).push_back(std::move(word));
  }
  for (const auto* command : program.get_subcommands(nullptr))
    if (!command->get_group().empty()) model.commands.push_back(model_of(*command));
  return model;
}

}  // namespace sluice::cli
