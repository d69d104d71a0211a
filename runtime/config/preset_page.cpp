#include "runtime/config/preset_page.hpp"

#include <algorithm>
#include <array>

#include "messages/ascii.hpp"
#include "messages/mode_rules.hpp"
#include "runtime/config/builtin_presets.hpp"

namespace sluice::config {
namespace {

using nlohmann::ordered_json;

constexpr std::array all_modes{sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                               sync_mode::update, sync_mode::append};

std::string text(const ordered_json& of, const char* member) {
  const auto found = of.find(member);
  return found != of.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts(const ordered_json& of, const char* member) {
  std::vector<std::string> out;
  if (const auto found = of.find(member); found != of.end())
    for (const auto& each : *found)
      if (each.is_string()) out.push_back(each.get<std::string>());
  return out;
}

/// Whether the destination has a request for each operation of the mode.
bool can(const ordered_json& destination, sync_mode mode) {
  const auto has = [&](const char* request) { return destination.contains(request); };
  return (!sends(mode, operation::insert) || has("upsert") || has("insert")) &&
         (!sends(mode, operation::update) || has("upsert") || has("update")) &&
         (!sends(mode, operation::erase) || has("delete"));
}

std::vector<preset_page::mode> modes_of(const ordered_json& preset,
                                        const ordered_json& destination) {
  const auto refused = refused_modes(preset);
  std::vector<preset_page::mode> out;
  for (const auto mode : all_modes) {
    const auto found = std::ranges::find(refused, mode, &std::pair<sync_mode, std::string>::first);
    const std::string why = found != refused.end()   ? found->second
                            : can(destination, mode) ? std::string()
                                                     : "the preset has no request for it";
    out.push_back({mode, why});
  }
  return out;
}

/// `${env:BRAZE_API_KEY}`
ordered_json reference_to(std::string_view preset, std::string_view parameter) {
  std::string out = "${env:";
  for (const char c : std::string(preset) + "_" + std::string(parameter))
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out + "}";
}

/// `text` with the names of parameters replaced by what they usually are.
std::string filled(std::string text, const std::vector<preset_page::parameter>& parameters) {
  for (const auto& each : parameters) {
    const auto& value = each.otherwise.is_null() ? each.example : each.otherwise;
    const auto name = "${param:" + each.name + "}";
    if (!value.is_string()) continue;
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;)
      text.replace(at, name.size(), value.get_ref<const std::string&>());
  }
  return text;
}

ordered_json example_of(const preset_page& page, const ordered_json& preset) {
  const auto written = preset.value("example", ordered_json::object());
  auto with = ordered_json::object();
  for (const auto& each : page.parameters) {
    if (each.otherwise.is_null() || !each.example.is_null())
      with[each.name] = each.secret               ? reference_to(page.name, each.name)
                        : !each.example.is_null() ? each.example
                                                  : ordered_json("…");
  }
  ordered_json out;
  out["source"] = {{"odbc", "Driver=SQLite3;Database=shop.db"},
                   {"table", "people"},
                   {"key", written.value("key", ordered_json::array({"id"}))}};
  out["mode"] = written.value("mode", std::string("upsert"));
  out["mapping"] = written.value("mapping", ordered_json::object());
  out["destination"] = {{"kind", "http"}, {"preset", page.name}, {"with", std::move(with)}};
  return out;
}

}  // namespace

bool preset_page::offers(sync_mode x) const {
  return std::ranges::any_of(
      modes, [&](const mode& each) { return each.is == x && each.refused.empty(); });
}

std::vector<std::pair<sync_mode, std::string>> refused_modes(const ordered_json& preset) {
  std::vector<std::pair<sync_mode, std::string>> out;
  const auto refuses = preset.find("refuses");
  if (refuses == preset.end() || !refuses->is_object()) return out;
  for (const auto& [word, why] : refuses->items())
    for (const auto mode : all_modes)
      if (word == to_string(mode))
        out.emplace_back(mode, why.is_string() ? why.get<std::string>() : std::string());
  return out;
}

preset_page page_of(std::string_view name, const ordered_json& document) {
  const auto& preset = document.at("preset");
  preset_page out;
  out.name = name;
  out.title = text(preset, "title");
  out.documentation = text(preset, "documentation");
  out.notes = texts(preset, "notes");
  out.limits = texts(preset, "limits");
  out.destination = document.at("destination");
  out.modes = modes_of(preset, out.destination);
  const auto parameters = preset.value("parameters", ordered_json::object());
  for (const auto& [parameter, about] : parameters.items())
    out.parameters.push_back(
        {parameter, text(about, "description"), about.value("default", ordered_json()),
         about.value("example", ordered_json()), about.value("secret", false)});
  const auto required = preset.value("requires", ordered_json::array());
  for (const auto& each : required) {
    auto fields = texts(each, "field");
    if (fields.empty()) fields.push_back(text(each, "field"));
    for (auto& field : fields) field = filled(std::move(field), out.parameters);
    out.required.emplace_back(std::move(fields), text(each, "why"));
  }
  if (const auto identity = out.destination.find("identity"); identity != out.destination.end())
    out.identity = filled(identity->dump(), out.parameters);
  const auto credential = preset.value("credential", ordered_json::object());
  out.credential = text(credential, "description");
  out.credentials = credential.value("example", ordered_json());
  out.example = example_of(out, preset);
  return out;
}

std::vector<preset_page> builtin_pages() {
  std::vector<preset_page> out;
  for (const auto& each : builtin_presets())
    out.push_back(page_of(each.name, ordered_json::parse(each.text, nullptr, true, true)));
  std::ranges::sort(out, {}, &preset_page::name);
  return out;
}

}  // namespace sluice::config
