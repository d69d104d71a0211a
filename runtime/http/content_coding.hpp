// Decodes the bodies of answers: compression, and labels that are wrong. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::http {

struct plain_content {
  std::string text;     ///< what could be decoded
  std::string problem;  ///< why `text` is not complete; empty if it is
};

/// The text that `body` holds, at most `most` bytes of it. `coding`: the Content-Encoding, which is
/// often wrong, so that the body itself decides. A body that begins as gzip is decompressed, also
/// twice, and also if it has several parts. A body that is labelled deflate is tried as such. Any
/// other body is taken as it is.
plain_content plain(std::string body, std::string_view coding, std::size_t most);

/// "the answer is larger than max_answer (4MB)".
std::string too_large(std::size_t most);

}  // namespace sluice::http
