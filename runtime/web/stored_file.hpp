// Answers with a file of the console.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/web/console/console_files.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::web {

/// Header fields that keep a browser from letting other sites near this one's pages: content
/// policy, no guessing of types, no referrer, no foreign windows and embedders.
[[nodiscard]] const std::vector<std::pair<std::string, std::string>>& security_headers();

/// The answer to a request for `file`, with the headers above; 404 if it is null. Methods other
/// than GET and HEAD are answered with 405, a condition that still holds with 304. The client gets
/// gzip if it takes it, else the file inflated. Browsers ask again each time whether a file has
/// changed, so that a new program's pages never meet an old one's. Pure.
[[nodiscard]] response respond_with(const console_file* file, const request& asked);

}  // namespace sluice::web
