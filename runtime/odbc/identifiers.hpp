// Names in SQL: quoting, and splitting of qualified names. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

/// `name` between quotes, with the quote doubled inside. Throws odbc_error (permanent) if it is
/// empty or holds NUL.
std::string quoted_identifier(std::string_view name, char quote);

/// The parts of `a.b`, `"a.x".b`, `[a].b` or `` `a`.b``, without their quotes. A part that is not
/// quoted is taken literally; no case folding. Throws odbc_error (permanent) on an empty part or a
/// quote that is never closed.
std::vector<std::string> split_qualified_name(std::string_view name);

/// Every part of `name` quoted, joined by dots.
std::string quoted_table(std::string_view name, char quote);

}  // namespace sluice::odbc
