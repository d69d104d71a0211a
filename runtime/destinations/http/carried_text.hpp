// Texts as the format around them wants them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::destinations {

/// What a text stands in, which decides how it is escaped.
enum class carrier : std::uint8_t {
  plain,      ///< as it is: JSON, a part of a multipart body
  header,     ///< one line
  url_path,   ///< a step of an address's path
  url_query,  ///< RFC 3986
  form,       ///< WHATWG URL, application/x-www-form-urlencoded; a blank is %20
  csv_text,   ///< between the quotes of a cell (RFC 4180)
  csv_cell,   ///< a cell as a whole, quoted where it has to be
  xml,        ///< character data or the value of an attribute, between quotes of either kind
};

/// How many bytes `append_carried` appends.
[[nodiscard]] std::size_t carried_bytes(std::string_view text, carrier in);

/// Appends the text so that what reads the format gets the text back.
void append_carried(std::string& out, std::string_view text, carrier in);

/// Why the text cannot be carried, as the end of a sentence about it; empty if it can. REQUIRES:
/// valid UTF-8.
[[nodiscard]] std::string uncarried(std::string_view text, carrier in);

}  // namespace sluice::destinations
