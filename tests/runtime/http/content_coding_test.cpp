#include "runtime/http/content_coding.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include "runtime/http/gzip.hpp"

using namespace sluice::http;

namespace {

constexpr std::size_t limit = 100'000;

/// `text` in zlib's format, or in the bare one.
std::string deflated(const std::string& text, bool bare) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, bare ? -15 : 15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void check_plain(const std::string& body, const std::string& coding, const std::string& text) {
  CAPTURE(coding);
  const auto content = plain(body, coding, limit);
  CHECK(content.problem == "");
  CHECK(content.text == text);
}

}  // namespace

TEST_CASE("a body is what it is, whatever its label says") {
  const std::string text = R"({"status": "ok"})";
  for (const auto* coding : {"", "identity", "none", "UTF-8", "gzip", "x-gzip", "deflate", "br",
                             "aws-chunked", "gzip, gzip"}) {
    check_plain(text, coding, text);
    check_plain(gzip(text), coding, text);
    check_plain(gzip(gzip(text)), coding, text);
    check_plain(gzip("{\"status\"") + gzip(": \"ok\"}"), coding, text);
    check_plain("", coding, "");
  }
  check_plain(deflated(text, false), "deflate", text);
  check_plain(deflated(text, true), "Deflate", text);
}

TEST_CASE("what cannot be decompressed is kept as far as it goes, and said") {
  const std::string text(50'000, 'x');
  auto cut = gzip(text + "tail");
  cut.resize(cut.size() - 6);
  const auto content = plain(cut, "gzip", limit);
  CHECK(content.problem == "the answer's compression is broken");
  CHECK(content.text.starts_with("xxxx"));
  CHECK(plain("\x1f\x8b no gzip", "", limit).problem == "the answer's compression is broken");
  CHECK(plain("\x8b\x02\x80\xff\xfe", "br", limit).problem ==
        "the answer is compressed as br, which it was not asked to be");
}

TEST_CASE("no more than the limit is unpacked") {
  const auto bomb = gzip(gzip(std::string(50'000'000, 'x')));
  const auto content = plain(bomb, "gzip", limit);
  CHECK(content.problem == "the answer is larger than max_answer (100kB)");
  CHECK(content.text.size() <= limit);
  CHECK(plain(std::string(limit, 'x'), "", limit).problem == "");
  CHECK(plain(std::string(limit + 1, 'x'), "", limit).problem == too_large(limit));
}
