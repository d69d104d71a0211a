#include "runtime/web/request_reader.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using state = web::request_reader::state;

namespace {

constexpr std::size_t most_head = 1024;
constexpr std::size_t most_body = 100;

web::request_reader new_reader() { return {most_head, most_body}; }

/// Reads a text a byte at a time.
state read_slowly(web::request_reader& reader, std::string_view text) {
  auto found = state::more;
  for (const char c : text) {
    reader.add({&c, 1});
    found = reader.read();
    if (found == state::refused) break;
  }
  return found;
}

/// The status of the refusal, however the bytes come; 0 if there is none.
int reader_refusal(const std::string& text) {
  auto slow = new_reader();
  const bool is_refused = read_slowly(slow, text) == state::refused;
  auto quick = new_reader();
  quick.add(text);
  auto found = quick.read();
  CHECK((found == state::refused) == is_refused);
  if (!is_refused) return 0;
  CHECK(slow.why().status == quick.why().status);
  return quick.why().status;
}

std::string chunked(const std::string& body) {
  return "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("a request is whole when its body is") {
  for (const auto& text : {std::string("POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
                           chunked("2\r\nhe\r\n003;ext=\"a b\"\r\nllo\r\n0\r\n\r\n"),
                           chunked("5\r\nhello\r\n0;x\r\n\r\n")}) {
    CAPTURE(text);
    auto slow = new_reader();
    CHECK(read_slowly(slow, text.substr(0, text.size() - 1)) == state::more);
    CHECK(read_slowly(slow, text.substr(text.size() - 1)) == state::whole);
    CHECK(slow.take().asked.body == "hello");
    CHECK_FALSE(slow.has_begun());
    auto quick = new_reader();
    quick.add(text);
    CHECK(quick.read() == state::whole);
    CHECK(quick.take().asked.body == "hello");
  }
}

TEST_CASE("requests that come at once are read one after the other") {
  auto reader = new_reader();
  reader.add("POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab" + chunked("1\r\nc\r\n0\r\n\r\n") +
             "\r\nGET /3 HTTP/1.1\r\n\r\nGET /4");
  CHECK(reader.read() == state::whole);
  CHECK(reader.take().asked.body == "ab");
  CHECK(reader.read() == state::whole);
  CHECK(reader.take().asked.body == "c");
  CHECK(reader.read() == state::whole);
  CHECK(reader.take().asked.path == "/3");
  CHECK(reader.read() == state::more);
  CHECK(reader.has_begun());
  CHECK(reader.target() == "/4");
}

TEST_CASE("a head that is too long is refused, whether it ends or not") {
  const std::string begin = "GET / HTTP/1.1\r\nX: ";
  const std::string longest(most_head - begin.size() - 4, 'x');
  CHECK(reader_refusal(begin + longest + "\r\n\r\n") == 0);
  CHECK(reader_refusal(begin + longest + "xxxx\r\n\r\n") == 431);
  CHECK(reader_refusal(begin + std::string(most_head, 'x')) == 431);
  CHECK(reader_refusal("GET /" + std::string(most_head, 'x')) == 431);
}

TEST_CASE("a body that is too large is refused before it comes") {
  auto reader = new_reader();
  reader.add("POST /x HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n");
  CHECK(reader.read() == state::refused);
  CHECK(reader.why().status == 413);
  CHECK(reader.target() == "/x");
  CHECK(reader_refusal(chunked("40000000\r\n")) == 413);
  CHECK(reader_refusal(chunked("64\r\n" + std::string(100, 'x') + "\r\n")) == 0);
  CHECK(reader_refusal(chunked("64\r\n" + std::string(100, 'x') + "\r\n1\r\n")) == 413);
}

TEST_CASE("chunks that can be understood in two ways are refused") {
  const std::string nul(1, '\0');
  for (const auto& body : std::vector<std::string>{"x\r\n",
                                                   "\r\n",
                                                   " 1\r\na\r\n",
                                                   "1 \r\na\r\n",
                                                   "+1\r\na\r\n",
                                                   "-1\r\n",
                                                   "0x1\r\na\r\n",
                                                   "1\na\r\n",
                                                   "1\r\nab\r\n",
                                                   "1\r\na\n0\r\n\r\n",
                                                   "1\r\na0\r\n\r\n",
                                                   "000000001\r\n",
                                                   "100000000000000001\r\n",
                                                   "1;a\rb\r\n",
                                                   "1;a" + nul + "\r\n",
                                                   "1" + nul + "\r\n",
                                                   "1;" + std::string(300, 'a'),
                                                   "1;" + std::string(300, 'a') + "\r\n",
                                                   "0\r\nTrailer: x\r\n\r\n",
                                                   "0\r\n\n",
                                                   "0\r\nX",
                                                   "0\n\n"}) {
    CAPTURE(body);
    CHECK(reader_refusal(chunked(body)) == 400);
  }
}

TEST_CASE("a line that ends in a line feed alone is refused at once") {
  CHECK(reader_refusal("GET / HTTP/1.1\n") == 400);
  CHECK(reader_refusal("GET / HTTP/1.1\r\nX: y\n") == 400);
  CHECK(reader_refusal("\nGET / HTTP/1.1\r\n") == 400);
}

TEST_CASE("line ends before a request do not count") {
  auto reader = new_reader();
  CHECK(read_slowly(reader, "\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n") == state::whole);
}

TEST_CASE("a client that waits is told once to go ahead, unless it has not waited") {
  const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  auto reader = new_reader();
  reader.add(head);
  CHECK(reader.read() == state::more);
  CHECK(reader.wants_go_ahead());
  CHECK_FALSE(reader.wants_go_ahead());
  auto hasty = new_reader();
  hasty.add(head + "a");
  CHECK(hasty.read() == state::more);
  CHECK_FALSE(hasty.wants_go_ahead());
}
