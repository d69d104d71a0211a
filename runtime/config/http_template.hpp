// Templates in the requests of an HTTP destination: `{{rows}}`, `{{key.id}}`. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/values/call.hpp"

namespace sluice::config {

/// A variable between two pairs of braces.
struct template_variable {
  enum class name : std::uint8_t {
    rows,        ///< an array: the item of every row of the request
    row,         ///< the mapped row, or one of its fields
    key,         ///< the key as an object, or one of its columns
    op,          ///< insert, update or delete
    connection,  ///< its name
    run,         ///< its id
    index,       ///< position of the row in the request, from 0
    id,          ///< idempotency id of the delta, or of the request
    lookup,      ///< a value beside the row that the API was asked for
    known,       ///< a value beside the row that the API returned earlier
  };
  name what = name::rows;
  /// Of the field or column; empty: all of them. Of a value beside the row its one name.
  std::vector<std::string> path;
  bool as_string = false;                ///< `|string` at the end: a JSON string, whatever the type
  std::vector<values::call> apply = {};  ///< `|trim`: functions, one after the other

  /// Whether its value differs from row to row.
  [[nodiscard]] bool of_row() const {
    return what == name::row || what == name::key || beside_row();
  }
  /// Whether it is a value that stands beside the row, under a name.
  [[nodiscard]] bool beside_row() const { return what == name::lookup || what == name::known; }
  bool operator==(const template_variable&) const = default;
};

/// A parsed text. References in its literals (`${env:TOKEN}`) are still as written.
struct http_template {
  struct piece {
    std::string literal;
    std::optional<template_variable> variable;  ///< follows the literal; none at the end
    bool operator==(const piece&) const = default;
  };
  std::vector<piece> pieces;

  /// Whether it is one variable and nothing else: in a body it becomes JSON of its own type.
  [[nodiscard]] bool stands_alone() const;
  bool operator==(const http_template&) const = default;
};

/// The template, or what is wrong with it. Whether its functions exist is not looked at: see
/// read_calls.hpp.
struct parsed_http_template {
  http_template value;
  std::string malformed;  ///< the problem; empty if there is none
};
parsed_http_template parse_http_template(std::string_view text);

/// `{{key.id}}`: the variable as written.
std::string to_text(const template_variable& variable);

}  // namespace sluice::config
