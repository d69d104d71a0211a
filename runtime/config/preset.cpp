#include "runtime/config/preset.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/config/builtin_presets.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/config/preset_page.hpp"
#include "runtime/config/secret_names.hpp"
#include "runtime/config/suggestion.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view parameter_opening = "${param:";

bool names_a_file(std::string_view preset) {
  return preset.find('/') != std::string_view::npos || preset.ends_with(".json");
}

std::optional<ordered_json> read_builtin(const json_value& value, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& each : builtin_presets()) {
    if (each.name == name) return ordered_json::parse(each.text, nullptr, true, true);
    names.push_back(each.name);
  }
  value.complain("\"" + name + "\" is no preset of this program",
                 suggestion(name, names) + "; a preset of your own is named by its path");
  return std::nullopt;
}

/// The preset's document. Problems are recorded for the preset's file.
std::optional<ordered_json> read_document(const json_value& value) {
  const auto name = value.as_text();
  if (!name) return std::nullopt;
  if (!names_a_file(*name)) return read_builtin(value, *name);
  return value.read_file(*name);
}

/// Whether what a preset says for people, and of modes, has its form.
bool is_told(section& about) {
  bool fits = true;
  for (const auto* const list : {"limits", "notes"})
    if (const auto texts = about.member(list); texts.present())
      for (const auto& text : texts.elements(R"(["5 requests a second"])"))
        fits = text.as_text().has_value() && fits;
  const auto refuses = about.member("refuses");
  if (!refuses.present()) return fits;
  if (!refuses.is_object()) return false;
  static constexpr std::array modes{sync_mode::upsert, sync_mode::mirror, sync_mode::insert,
                                    sync_mode::update, sync_mode::append};
  for (const auto& [word, why] : refuses.members()) {
    const bool known =
        std::ranges::any_of(modes, [&](sync_mode mode) { return word == to_string(mode); });
    if (!known)
      why.complain("\"" + word + "\" is no mode",
                   R"(for example {"mirror": "nothing is deleted"})");
    fits = why.as_text() && known && fits;
  }
  return fits;
}

/// Whether `document` has the form of a preset; complains about its name if not.
bool is_preset(const json_value& preset, const ordered_json& document) {
  const auto written = preset.standing_for(document);
  const auto part = [&](const char* name) {
    return written.raw().is_object() && written.raw().contains(name) &&
           written.raw()[name].is_object();
  };
  if (!part("preset") || !part("destination")) {
    preset.complain("is no preset",
                    "a preset is an object with the members \"preset\" and \"destination\"");
    return false;
  }
  section root(written);
  section about(root.member("preset"));
  const auto parameters = about.member("parameters");
  for (const auto* const other : {"title", "documentation", "requires", "credential", "example"})
    static_cast<void>(about.member(other));
  if (!is_told(about)) return false;
  static_cast<void>(root.member("destination"));
  if (!parameters.present()) return true;
  if (!parameters.is_object()) return false;
  bool fits = true;
  for (const auto& [name, declared] : parameters.members()) {
    section parameter(declared);
    const auto description = parameter.member("description");
    const auto secret = parameter.member("secret");
    for (const auto* const other : {"default", "example"})
      static_cast<void>(parameter.member(other));
    fits = parameter && fits;
    fits = (!description.present() || description.as_text()) && fits;
    fits = (!secret.present() || secret.as_boolean()) && fits;
  }
  return fits;
}

/// The values of a preset's parameters.
class parameters {
 public:
  /// Complains about parameters that are missing or not known.
  parameters(const ordered_json& declared, const json_value& given_parameters) {
    section with(given_parameters);
    if (given_parameters.present() && !with) usable_ = false;
    for (const auto& [name, about] : declared.items()) {
      const auto given = with.member(name);
      if (given.present()) {
        if (given.raw().is_string() && !given.as_written()) usable_ = false;
        values_[name] = given.raw();
      } else if (about.contains("default")) {
        values_[name] = about["default"];
      } else {
        usable_ = false;
        given.complain("is missing", about.value("description", "the preset needs it"));
      }
      if (about.value("secret", false)) secrets_.push_back(name);
    }
  }

  [[nodiscard]] bool usable() const { return usable_; }
  /// Parameters that a document named although the preset does not declare them.
  [[nodiscard]] const std::set<std::string>& undeclared() const { return undeclared_; }

  /// `document` with the parameters in its strings filled in, secret literals masked if asked to.
  [[nodiscard]] ordered_json filled_into(const ordered_json& document, bool masked) {
    if (document.is_string()) return filled(document.get_ref<const std::string&>(), masked);
    if (document.is_array()) {
      auto out = ordered_json::array();
      for (const auto& element : document) out.push_back(filled_into(element, masked));
      return out;
    }
    if (!document.is_object()) return document;
    auto out = ordered_json::object();
    for (const auto& [key, member] : document.items()) {
      const auto name = filled(key, masked);
      out[name.is_string() ? name.get<std::string>() : name.dump()] = filled_into(member, masked);
    }
    return out;
  }

 private:
  [[nodiscard]] ordered_json value_of(const std::string& name, bool masked) {
    if (!values_.contains(name)) {
      undeclared_.insert(name);
      return "";
    }
    const auto& value = values_[name];
    if (!masked || std::ranges::find(secrets_, name) == secrets_.end()) return value;
    const auto written = value.is_string() ? value.get<std::string>() : value.dump();
    keep_secret(written);
    return value.is_string() ? shown_secret(written) : "***";
  }

  /// A parameter that is a whole string keeps its type; inside a text it becomes text.
  [[nodiscard]] ordered_json filled(std::string text, bool masked) {
    for (std::size_t at = 0; (at = text.find(parameter_opening, at)) != std::string::npos;) {
      const auto end = text.find('}', at);
      if (end == std::string::npos) break;
      const auto begin = at + parameter_opening.size();
      auto value = value_of(text.substr(begin, end - begin), masked);
      if (at == 0 && end + 1 == text.size()) return value;
      const auto inserted = value.is_string() ? value.get<std::string>() : value.dump();
      text.replace(at, end + 1 - at, inserted);
      at += inserted.size();
    }
    return text;
  }

  ordered_json values_ = ordered_json::object();
  std::vector<std::string> secrets_;
  std::set<std::string> undeclared_;
  bool usable_ = true;
};

/// A path or a list of them.
std::vector<std::vector<std::string>> read_fields(const json_value& field) {
  std::vector<std::vector<std::string>> out;
  const auto one = [&](const json_value& name) {
    if (const auto text = name.as_text())
      out.push_back(parse_field_path(*text).value_or(std::vector{*text}));
  };
  if (!field.raw().is_array()) {
    one(field);
    return out;
  }
  for (const auto& name : field.elements(R"(["external_id", "email"])")) one(name);
  return out;
}

/// Of `required`, the array `requires` of the preset `name`, whose parameters are filled in.
std::vector<http_requirement> read_requirements(const json_value& name,
                                                const ordered_json& required) {
  std::vector<http_requirement> out;
  if (!required.is_array()) {
    name.complain("has \"requires\", which is no array",
                  R"(for example [{"field": "email", "why": "the API finds people by it"}])");
    return out;
  }
  if (required.empty()) return out;
  for (const auto& each : name.standing_for(required).elements("")) {
    section requirement(each);
    const auto field =
        requirement.required("field", "name a mapped field, or a list of which one is enough");
    const auto why = requirement.member("why");
    if (!field.present()) continue;
    out.push_back({read_fields(field), why.as_text().value_or("the API needs it")});
  }
  return out;
}

void lay_over(ordered_json& below, const ordered_json& above) {
  for (const auto& [key, value] : above.items()) {
    if (value.is_object() && below.contains(key) && below[key].is_object()) {
      lay_over(below[key], value);
    } else {
      below[key] = value;
    }
  }
}

}  // namespace

std::optional<expanded_preset> expand_preset(section& destination) {
  const auto name = destination.member("preset");
  const auto with = destination.member("with");
  const auto& written = destination.value().raw();
  if (!name.present()) {
    if (with.present())
      with.complain("sets the parameters of no preset", "name the \"preset\", or remove it");
    return expanded_preset{written, written, {}, {}};
  }
  const auto document = read_document(name);
  if (!document) return std::nullopt;
  if (!is_preset(name, *document)) return std::nullopt;
  parameters set((*document)["preset"].value("parameters", ordered_json::object()), with);
  if (!set.usable()) return std::nullopt;

  auto own = written;
  own.erase("preset");
  own.erase("with");
  const auto expanded = [&](bool masked) {
    ordered_json section{{"kind", http_config::kind_name}};  // first, for people
    lay_over(section, set.filled_into((*document)["destination"], masked));
    lay_over(section, own);
    return section;
  };
  const auto required =
      set.filled_into((*document)["preset"].value("requires", ordered_json::array()), false);
  expanded_preset out{expanded(false), expanded(true), read_requirements(name, required),
                      refused_modes((*document)["preset"])};
  for (const auto& parameter : set.undeclared())
    name.complain("uses ${param:" + parameter + "} without declaring it",
                  "declare it among the preset's \"parameters\"");
  return set.undeclared().empty() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace sluice::config
