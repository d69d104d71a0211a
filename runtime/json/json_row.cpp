#include "runtime/json/json_row.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/json/json_text.hpp"

namespace sluice {
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

[[noreturn]] void misshapen() {
  throw failure(defect("render row", {}, "the row does not have the shape of its run"));
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

json_row::json_row(const std::vector<field>& fields) : fields_(fields.size()) {
  object root;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].path.empty()) refuse(fields[i], "the field has no name");
    root.add(fields[i], i);
  }
  plan(root, {}, fields);
  if (std::ranges::none_of(pieces_, &piece::omit_null)) fuse();
  values_.reserve(fields.size());
  in_order_ = pieces_.empty() && std::ranges::is_sorted(steps_, {}, &step::value);
}

void json_row::plan(const object& node, std::string name, const std::vector<field>& fields) {
  pieces_.push_back({piece::what::open, std::move(name)});
  for (const auto& m : node.members) {
    std::string quoted;
    append_json_string(quoted, m.name);
    quoted.push_back(':');
    if (m.nested) {
      plan(*m.nested, std::move(quoted), fields);
    } else {
      pieces_.push_back(
          {piece::what::value, std::move(quoted), m.value, fields[m.value].omit_null});
    }
  }
  pieces_.push_back({piece::what::close, {}});
}

void json_row::fuse() {
  bool first = true;
  for (const auto& p : std::exchange(pieces_, {})) {
    if (p.is == piece::what::close) {
      after_.push_back('}');
      first = false;
      continue;
    }
    if (!first) after_.push_back(',');
    after_.append(p.name);
    first = p.is == piece::what::open;
    if (first) {
      after_.push_back('{');
    } else {
      steps_.push_back({std::exchange(after_, {}), p.value});
    }
  }
}

void json_row::append(std::string& out, std::string_view packed) {
  static_cast<void>(append_within(out, packed, std::numeric_limits<std::size_t>::max()));
}

bool json_row::append_within(std::string& out, std::string_view packed, std::size_t most) {
  row_reader reader(packed);
  if (in_order_) return append_in_order(out, reader, most);
  values_.clear();
  while (const auto value = reader.next()) values_.push_back(*value);
  if (values_.size() != fields_) misshapen();
  return pieces_.empty() ? append_all(out, most) : append_some(out, most);
}

bool json_row::append_in_order(std::string& out, row_reader& reader, std::size_t most) {
  for (const auto& s : steps_) {
    const auto value = reader.next();
    if (!value) misshapen();
    out.append(s.before);
    if (!append_value(out, *value, most)) return false;
  }
  if (reader.next()) misshapen();
  out.append(after_);
  return out.size() <= most;
}

bool json_row::append_all(std::string& out, std::size_t most) {
  for (const auto& s : steps_) {
    out.append(s.before);
    if (!append_value(out, values_[s.value], most)) return false;
  }
  out.append(after_);
  return out.size() <= most;
}

bool json_row::append_some(std::string& out, std::size_t most) {
  bool first = true;  // of its object
  for (const auto& p : pieces_) {
    if (p.is == piece::what::close) {
      out.push_back('}');
      first = false;
      continue;
    }
    if (p.omit_null && values_[p.value].kind == value_kind::null) continue;
    if (!first) out.push_back(',');
    out.append(p.name);
    first = p.is == piece::what::open;
    if (first)
      out.push_back('{');
    else if (!append_value(out, values_[p.value], most))
      return false;
  }
  return out.size() <= most;
}

bool json_row::append_value(std::string& out, const value_view& value, std::size_t most) {
  const auto room = room_behind(out, most);
  if (!fits_as_json(value, room)) {
    append_beginning_as_json(out, value, room);
    return false;
  }
  append_json_value(out, value);
  if (is_nonfinite(value)) ++nonfinite_;
  return true;
}

}  // namespace sluice
