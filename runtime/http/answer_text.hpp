// What an answer says, in words for people.
#pragma once

#include <string>
#include <string_view>

#include "runtime/http/answer_body.hpp"

namespace sluice::http {

/// Words of an API as they are shown: on one line, secrets masked, at most 2,048 bytes.
std::string shown_text(std::string_view text);

/// What the API says about a failure: the message in a JSON answer, else the text, as `shown_text`.
std::string failure_text(const answer_body& body);

/// `HTTP 429 Too Many Requests`; the name is left out where it is not a common one.
std::string status_text(int status);

}  // namespace sluice::http
