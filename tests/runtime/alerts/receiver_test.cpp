// The receiver on the reference page, as whoever copies it gets it.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "runtime/alerts/alert_sender.hpp"
#include "tests/support/alert_fixture.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;

namespace {

/// The Python code of the reference page.
std::string example() {
  std::ifstream in(std::filesystem::path(SLUICE_SOURCE_DIR) / "config/reference.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::string fence = "\n```python\n";
  const auto begin = page.find(fence) + fence.size();
  return page.substr(begin, page.find("\n```\n", begin) + 1 - begin);
}

/// What the example makes of a request: `True` or `False`.
std::string judged(const std::string& secret, const std::string& body,
                   const std::string& signature) {
  const test::temp_dir folder;
  const auto script = folder.path() / "receiver.py";
  std::ofstream(script) << example() << "\nimport sys\n"
                        << "print(is_from_sluice(sys.argv[1].encode(), sys.stdin.buffer.read(), "
                           "sys.argv[2]))\n";
  const auto ran = test::run_program(
      {.program = "python3", .arguments = {script.string(), secret, signature}, .input = body});
  INFO(ran.errors);
  CHECK(ran.exit_code == 0);
  return ran.output;
}

}  // namespace

TEST_CASE("the receiver of the reference page tells alerts of this node from others") {
  const std::string secret = "a secret word";
  test::http_server server;
  alerts::alert_sender sender(schedule::system_now);
  sender.send(*test::alert_about(test::ended_run(run_state::failed),
                                 test::endpoint_at(server.url("/hook"), secret)),
              0, {});
  const auto request = server.requests().at(0);
  const auto signature = request.headers.value("X-Sluice-Signature");
  CHECK(judged(secret, request.body, signature) == "True\n");
  CHECK(judged("another word", request.body, signature) == "False\n");
  CHECK(judged(secret, request.body + " ", signature) == "False\n");
  CHECK(judged(secret, request.body, "") == "False\n");
}
