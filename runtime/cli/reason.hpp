// Reasons of failures, short enough for a line of a list. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sluice::cli {

/// The text, with an HTML page in it replaced by a note and the page's title: `HTTP 502: an HTML
/// page (502 Bad Gateway)`. Other texts stay as they are.
std::string without_page(std::string_view text);

}  // namespace sluice::cli
