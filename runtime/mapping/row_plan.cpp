#include "runtime/mapping/row_plan.hpp"

#include "messages/expect.hpp"
#include "runtime/config/field_path.hpp"

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

bool row_plan::pack(std::span<const value_view> values, std::string& packed) {
  const auto begin = packed.size();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& step = steps_[i];
    if (const auto* copy = std::get_if<copy_step>(&step)) {
      append_value(packed, values[copy->source]);
    } else if (const auto* casting = std::get_if<cast_step>(&step)) {
      if (pack_cast(*casting, i, values[casting->source], packed)) continue;
      packed.resize(begin);
      return false;
    } else if (const auto* constant = std::get_if<constant_step>(&step)) {
      packed += constant->packed;
    } else {
      pack_template(std::get<template_step>(step), values, packed);
    }
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

bool row_plan::pack_cast(const cast_step& step, std::size_t field, value_view value,
                         std::string& packed) {
  if (const auto result = cast_value(value, step.to, scratch_)) {
    append_value(packed, *result);
    return true;
  }
  invalid_reason_ = "column '" + step.column + "' holds a " + std::string(to_string(value.kind)) +
                    " value that cannot be cast to " + std::string(to_string(step.to)) +
                    " for field '" + config::field_path_text(schema_.fields[field].path) + "'";
  return false;
}

void row_plan::pack_template(const template_step& step, std::span<const value_view> values,
                             std::string& packed) {
  text_.clear();
  for (const auto& piece : step.pieces) {
    text_ += piece.literal;
    // Every value but NULL can be cast to a string, and NULL has no bytes.
    text_ += cast_value(values[piece.source], cast::string, scratch_)->bytes;
  }
  text_ += step.tail;
  append_value(packed, value_kind::text, text_);
}

}  // namespace sluice::mapping
