#include "runtime/http/content_coding.hpp"

#include <simdjson.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/config/byte_size.hpp"

namespace sluice::http {
namespace {

/// A proxy may compress what the API has compressed.
constexpr int most_layers = 4;

enum class end { whole, broken, too_long };

struct inflated {
  std::string text;
  end how = end::broken;
};

bool is_gzip(std::string_view body) { return body.starts_with("\x1f\x8b"); }

/// zlib's `windowBits`, which select the format.
enum class format { gzip = 15 + 16, zlib = 15, raw = -15 };

/// Streams of the same format that follow each other are joined.
inflated inflate_all(std::string_view body, format form, std::size_t most) {
  inflated out;
  z_stream stream{};
  if (inflateInit2(&stream, static_cast<int>(form)) != Z_OK) return out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::array<char, 16'384> chunk;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    const auto result = ::inflate(&stream, Z_NO_FLUSH);
    out.text.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.text.size() > most) {
      out.text.resize(most);
      out.how = end::too_long;
      break;
    }
    if (result == Z_STREAM_END) {
      out.how = end::whole;
      const bool more = is_gzip(body.substr(body.size() - stream.avail_in));
      if (!more || inflateReset(&stream) != Z_OK) break;
      out.how = end::broken;
    } else if (result != Z_OK) {
      break;
    }
  }
  inflateEnd(&stream);
  return out;
}

bool has_word(std::string_view coding, std::string_view word) {
  return std::ranges::search(coding, word, {}, [](unsigned char c) {
           return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
         }).size() == word.size();
}

}  // namespace

std::string too_large(std::size_t most) {
  return "the answer is larger than max_answer (" + config::byte_size_text(most) + ")";
}

plain_content plain(std::string body, std::string_view coding, std::size_t most) {
  plain_content out{std::move(body), {}};
  const auto take = [&](inflated&& content) {
    out.text = std::move(content.text);
    if (content.how == end::too_long) out.problem = too_large(most);
    if (content.how == end::broken) out.problem = "the answer's compression is broken";
  };
  for (int layer = 0; layer < most_layers && out.problem.empty(); ++layer) {
    if (is_gzip(out.text)) {
      take(inflate_all(out.text, format::gzip, most));
      continue;
    }
    if (layer > 0 || out.text.empty() || !has_word(coding, "deflate")) break;
    // `deflate` stands for zlib's format, but some servers send the bare one.
    for (const auto form : {format::zlib, format::raw}) {
      auto content = inflate_all(out.text, form, most);
      if (content.how == end::broken) continue;
      take(std::move(content));
      break;
    }
  }
  if (out.text.size() > most) {
    out.text.resize(most);
    out.problem = too_large(most);
  }
  if (out.problem.empty() && !simdjson::validate_utf8(out.text)) {
    for (const std::string_view unknown : {"br", "zstd", "compress"})
      if (has_word(coding, unknown))
        out.problem = "the answer is compressed as " + std::string(unknown) +
                      ", which it was not asked to be";
  }
  return out;
}

}  // namespace sluice::http
