#include "runtime/destinations/json_row.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "messages/error.hpp"
#include "runtime/destinations/json_text.hpp"

namespace sluice::destinations {
namespace {

std::string dotted(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& name : path) out += (out.empty() ? "" : ".") + name;
  return out;
}

[[noreturn]] void refuse(const field& f, const char* cause) {
  throw failure(errc::invalid_config, "lay out row", dotted(f.path), cause,
                "give each field of the mapping a name of its own");
}

}  // namespace

/// An object while the plan is made: members in order of first appearance.
struct json_row::object {
  struct member {
    std::string name;
    std::size_t value = 0;  ///< if `nested` is null
    std::unique_ptr<object> nested;
  };
  std::vector<member> members;

  void add(const field& f, std::size_t value) {
    auto* here = this;
    for (std::size_t depth = 0; depth < f.path.size(); ++depth) {
      const bool leaf = depth + 1 == f.path.size();
      auto& list = here->members;
      auto found = std::find_if(list.begin(), list.end(),
                                [&](const member& m) { return m.name == f.path[depth]; });
      if (found == list.end()) {
        list.push_back({f.path[depth], value, leaf ? nullptr : std::make_unique<object>()});
        found = std::prev(list.end());
      } else if (leaf || !found->nested) {
        refuse(f, leaf && !found->nested ? "another field has the same name"
                                         : "one field lies inside another");
      }
      here = found->nested.get();
    }
  }
};

json_row::json_row(const std::vector<field>& fields) {
  object root;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].path.empty()) refuse(fields[i], "the field has no name");
    root.add(fields[i], i);
  }
  plan(root, after_);
  values_.reserve(fields.size());
}

void json_row::plan(const object& node, std::string& pending) {
  pending.push_back('{');
  bool first = true;
  for (const auto& m : node.members) {
    if (!std::exchange(first, false)) pending.push_back(',');
    append_json_string(pending, m.name);
    pending.push_back(':');
    if (m.nested) {
      plan(*m.nested, pending);
    } else {
      steps_.push_back({std::exchange(pending, {}), m.value});
    }
  }
  pending.push_back('}');
}

void json_row::append(std::string& out, std::string_view packed) {
  values_.clear();
  row_reader reader(packed);
  while (const auto value = reader.next()) values_.push_back(*value);
  if (values_.size() != steps_.size())
    throw failure(errc::internal, "render row", {}, "the row does not have the shape of its run",
                  "please report this as a defect");
  for (const auto& s : steps_) {
    const auto value = values_[s.value];
    out.append(s.before);
    append_json_value(out, value);
    if (is_nonfinite(value)) ++nonfinite_;
  }
  out.append(after_);
}

}  // namespace sluice::destinations
