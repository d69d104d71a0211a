// The keys of node.json, and which of them need a restart of the node.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// Refers to both arguments. `root.member` asks for a key that a reload applies, `fixed` for a key
/// that needs a restart.
struct node_keys {
  section& root;
  std::vector<fixed_setting>& settings;

  /// The member `key`, which sets `Field`.
  template <auto Field>
  [[nodiscard]] json_value fixed(std::string_view key) {
    settings.push_back({std::string(key), are_equal<Field>});
    return root.member(key);
  }

 private:
  template <auto Field>
  static bool are_equal(const node_config& a, const node_config& b) {
    return a.*Field == b.*Field;
  }
};

}  // namespace sluice::config
