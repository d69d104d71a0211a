// The configuration as it holds, for people: what the files say and what they leave out.
#pragma once

#include <string>

#include "runtime/config/config.hpp"
#include "runtime/config/json_value.hpp"

namespace sluice::config {

/// Of the file `document`, from what reading it told. REQUIRES: it had no problems.
effective_file effective_of(const reading& read, const ordered_json& document);

/// As people write it: JSON with comments below the name of the file. Printable.
std::string text_of(const effective_file& file);

/// `{"file", "settings", "defaults"}`
ordered_json to_json(const effective_file& file);

}  // namespace sluice::config
