// Characters of all scripts, in UTF-8 texts. Letters and digits follow Unicode in the version of
// the installed ICU. Pure; what is not UTF-8 counts as replacement characters.
#pragma once

#include <string>
#include <string_view>

namespace sluice::values {

/// Whether every character is one of ASCII.
bool is_ascii(std::string_view text);
/// Makes the capital letters of ASCII small, and nothing else.
void lower_ascii(std::string& text);

/// Takes the white space from both ends.
void trim(std::string& text);
/// The decimal digits of all scripts, as 0 to 9, without all other characters.
std::string digits_of(std::string_view text);

}  // namespace sluice::values
