// What servers make of a body on its way: compression, and labels that are wrong. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::http {

struct plain_content {
  std::string text;     ///< as far as it could be had
  std::string problem;  ///< why it is not all of it; empty if it is
};

/// The text that `body` holds, at most `most` bytes of it. `coding`: the Content-Encoding, which is
/// often wrong, so that the body itself decides: what begins as gzip is decompressed, also twice,
/// and also if it consists of several parts; what is labelled deflate is tried as such; anything
/// else is taken as it is.
plain_content plain(std::string body, std::string_view coding, std::size_t most);

/// "the answer is larger than max_answer (4MB)".
std::string too_large(std::size_t most);

}  // namespace sluice::http
