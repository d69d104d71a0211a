// The shape of a body in each format.
#pragma once

#include "runtime/config/http_body.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {

/// Complains about a `body` that cannot be written in `format`; its templates are checked
/// elsewhere.
void check_body(const json_value& body, body_format format);

/// The same for an item, whose format is that of `format_of_items`.
void check_item(const json_value& item, body_format format);

/// The section `csv`, laid over `out`.
void read_csv_layout(const json_value& csv, csv_layout& out);

/// The word of `format`, or `otherwise`.
body_format read_body_format(const json_value& format, body_format otherwise);

}  // namespace sluice::config
