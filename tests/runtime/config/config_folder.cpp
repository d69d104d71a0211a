#include "tests/runtime/config/config_folder.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sluice::test {
namespace {

using nlohmann::ordered_json;

constexpr auto* valid_node = R"({
  "node": "a",
  "listen": ["unix:../state/sluice.sock"],
  "state_dir": "../state",
  "connections": "connections/*.json"
})";

constexpr auto* valid_connection = R"({
  "source": {
    "odbc": "Driver=PostgreSQL Unicode;Server=127.0.0.1;Database=shop;Uid=reader;Pwd=${env:SHOP_PASSWORD}",
    "table": "public.customers",
    "key": ["id"]
  },
  "mode": "mirror",
  "mapping": {"id": "id", "email": "email"},
  "destination": {"kind": "jsonl", "path": "../out/customers.jsonl"}
})";

std::string merged(const char* document, const std::string& patch) {
  auto out = ordered_json::parse(document);
  out.merge_patch(ordered_json::parse(patch));
  return out.dump(2);
}

}  // namespace

config_folder::config_folder() {
  write("node.json", valid_node);
  write("connections/customers.json", valid_connection);
}

void config_folder::write(const std::filesystem::path& file, const std::string& text) const {
  const auto full = path() / file;
  std::filesystem::create_directories(full.parent_path());
  std::ofstream out(full, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + full.string());
}

void config_folder::remove(const std::filesystem::path& file) const {
  std::filesystem::remove_all(path() / file);
}

void config_folder::patch_node(const std::string& patch) const {
  write("node.json", merged(valid_node, patch));
}

void config_folder::patch_connection(const std::string& patch) const {
  write("connections/customers.json", merged(valid_connection, patch));
}

config::load_result config_folder::load() const { return config::load(path() / "node.json"); }

config::node_config config_folder::valid() const {
  auto result = load();
  if (!result.config) throw std::runtime_error(config::to_text(result.problems));
  return std::move(*result.config);
}

config::connection_config config_folder::customers() const {
  return valid().connections.at("customers");
}

std::string config_folder::effective() const {
  const auto result =
      config::load(path() / "node.json", config::references::left, config::effective::seen);
  if (!result.effective) throw std::runtime_error(config::to_text(result.problems));
  ordered_json out{{"node", ordered_json::parse(result.effective->node.json)},
                   {"connections", ordered_json::object()}};
  for (const auto& [name, file] : result.effective->connections)
    out["connections"][name] = ordered_json::parse(file.json);
  return out.dump();
}

std::string config_folder::problems() const {
  auto text = config::to_text(load().problems);
  const auto prefix = path().string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

std::string config_folder::problems_with(const std::string& connection_patch) const {
  patch_connection(connection_patch);
  return problems();
}

std::string config_folder::problems_with_node(const std::string& node_patch) const {
  patch_node(node_patch);
  return problems();
}

}  // namespace sluice::test
