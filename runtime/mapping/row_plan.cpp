#include "runtime/mapping/row_plan.hpp"

#include "messages/expect.hpp"
#include "runtime/config/field_path.hpp"
#include "runtime/values/value_text.hpp"

namespace sluice::mapping {

row_plan::row_plan(std::vector<std::size_t> wanted, row_schema schema,
                   std::vector<field_step> steps, std::vector<std::size_t> keys)
    : wanted_(std::move(wanted)),
      schema_(std::move(schema)),
      steps_(std::move(steps)),
      keys_(std::move(keys)) {
  expect(steps_.size() == schema_.fields.size() && keys_.size() == schema_.keys.size(), "plan rows",
         "a step for each field, and a position for each key");
}

/// Packs one row: appends the value of each step, or says why it cannot.
struct row_plan::packer {
  row_plan& plan;
  std::span<const value_view> values;
  std::string& packed;
  std::size_t field = 0;

  bool operator()(const copy_step& step) const {
    append_value(packed, values[step.source]);
    return true;
  }
  bool operator()(const constant_step& step) const {
    packed += step.packed;
    return true;
  }
  bool operator()(const cast_step& step) const {
    return finish(values[step.source], step.to, step.column);
  }
  bool operator()(function_step& step) const {
    value_view value;
    for (const auto source : step.sources)
      if (value = values[source]; value.kind != value_kind::null) break;
    return apply(step.apply, value, step.to, step.column);
  }
  bool operator()(template_step& step) const {
    auto& text = plan.text_;
    text.clear();
    for (auto& piece : step.pieces) {
      text += piece.literal;
      auto value = values[piece.source];
      if (!piece.apply.empty()) {
        const auto made = piece.apply.apply(value);
        if (!made) return refuse(about_column(piece.column) + ": " + piece.apply.problem());
        value = *made;
      }
      text += values::text_of(value, plan.scratch_);
    }
    text += step.tail;
    return apply(step.apply, {value_kind::text, text}, cast::none, {});
  }
  bool operator()(lua_step& step) const {
    plan.in_.clear();
    for (const auto source : step.sources) plan.in_.push_back(values[source]);
    const auto made = step.program->run(plan.in_);
    if (!made) return refuse(step.program->problem());
    return apply(step.apply, *made, step.to, {});
  }
  bool operator()(known_step& step) const {
    expect(step.ids != nullptr, "map rows", "the ledgers of the connections that are named");
    auto& key = plan.other_key_;
    key.clear();
    bool named = true;
    for (const auto source : step.sources) {
      named = named && values[source].kind != value_kind::null;
      append_value(key, values[source]);
    }
    const auto known = named ? step.ids->find(key, step.name) : value_view{};
    if (named && step.required && known.kind == value_kind::null)
      return refuse("connection '" + step.of + "' knows no '" + step.name + "' of its row");
    return apply(step.apply, known, step.to, {});
  }

 private:
  static std::string about_column(const std::string& column) {
    return column.empty() ? "the value" : "column '" + column + "'";
  }

  /// Applies functions, then the cast. `column`: its name; empty for a computed value.
  bool apply(values::chain& functions, value_view value, cast to, const std::string& column) const {
    if (functions.empty()) return finish(value, to, column);
    const auto made = functions.apply(value);
    if (!made) return refuse(about_column(column) + ": " + functions.problem());
    return finish(*made, to, column);
  }

  bool finish(value_view value, cast to, const std::string& column) const {
    if (const auto result = cast_value(value, to, plan.scratch_)) {
      append_value(packed, *result);
      return true;
    }
    return refuse(about_column(column) + " holds a " + std::string(to_string(value.kind)) +
                  " value that cannot be cast to " + std::string(to_string(to)));
  }

  bool refuse(const std::string& why) const {
    plan.invalid_reason_ =
        why + " for field '" + config::field_path_text(plan.schema_.fields[field].path) + "'";
    return false;
  }
};

bool row_plan::pack(std::span<const value_view> values, std::string& packed) {
  const auto begin = packed.size();
  packer each{*this, values, packed};
  for (auto& step : steps_) {
    if (!std::visit(each, step)) {
      packed.resize(begin);
      return false;
    }
    ++each.field;
  }
  return true;
}

bool row_plan::pack_key(std::span<const value_view> values, std::string& packed) {
  bool complete = true;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto value = values[keys_[i]];
    append_value(packed, value);
    if (value.kind != value_kind::null || !complete) continue;
    complete = false;
    invalid_reason_ = "key column '" + schema_.keys[i].column + "' is NULL";
  }
  return complete;
}

}  // namespace sluice::mapping
