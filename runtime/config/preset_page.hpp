// What a preset says about itself: for people who choose one, and for whoever pastes its example.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/run.hpp"

namespace sluice::config {

struct preset_page {
  struct parameter {
    std::string name;
    std::string description;
    nlohmann::ordered_json otherwise;  ///< its default; null: it must be given
    nlohmann::ordered_json example;    ///< null: none
    bool secret = false;
  };
  struct mode {
    sync_mode is = sync_mode::upsert;
    std::string refused;  ///< why it is not offered; empty: it is
  };

  std::string name;
  std::string title;
  std::string documentation;
  std::vector<std::string> notes;   ///< what one must know before the first run
  std::vector<std::string> limits;  ///< of the API, in words
  std::vector<mode> modes;          ///< all of them
  std::vector<parameter> parameters;
  /// What the mapping must have: fields, of which one is enough, and why.
  std::vector<std::pair<std::vector<std::string>, std::string>> required;
  std::string identity;                ///< how rows are told apart, as JSON; empty: exactly
  std::string credential;              ///< what the API wants to see, in words
  nlohmann::ordered_json credentials;  ///< an example for node.json; null: none
  nlohmann::ordered_json destination;  ///< the section, with ${param:…} in it
  /// A connection, ready to be pasted.
  nlohmann::ordered_json example;

  [[nodiscard]] bool offers(sync_mode x) const;
};

/// The page of a preset's document. REQUIRES: a document that `expand_preset` takes.
preset_page page_of(std::string_view name, const nlohmann::ordered_json& document);

/// Those of the presets of this program, by name.
std::vector<preset_page> builtin_pages();

/// Whether, and by which words, a preset refuses a mode.
std::vector<std::pair<sync_mode, std::string>> refused_modes(const nlohmann::ordered_json& preset);

}  // namespace sluice::config
