// What libcurl says, and how it wants to be told.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "runtime/http/http_answer.hpp"

namespace sluice::http {

/// A header as libcurl takes it: one without a value ends in a semicolon, or libcurl leaves it out.
std::string header_for_curl(const std::string& line);

/// How certain it is that the API did not get the request that ended with `code`. `sent`: some of
/// it may have been written to a connection.
http_answer::failure classify(CURLcode code, bool sent);

/// Why the body of an answer is cut short; empty if it is not. `details`: libcurl's own words.
std::string cut_short(CURLcode code, std::string_view details);

/// Whether `bytes`, with which a server begins, are a frame of HTTP/2: SETTINGS or GOAWAY.
bool is_http2(std::string_view bytes);

}  // namespace sluice::http
