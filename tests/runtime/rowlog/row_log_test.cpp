#include "runtime/rowlog/row_log.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "messages/row.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using nlohmann::json;

namespace {

const timestamp noon{std::chrono::milliseconds{1'769'860'800'123}};

row_schema keyed_by_id() {
  row_schema schema;
  schema.keys.push_back({{"id"}, value_kind::integer, "id"});
  return schema;
}

void append(batch& deltas, operation op, long id) {
  std::string key;
  append_value(key, value_kind::integer, std::to_string(id));
  std::string row;
  append_value(row, value_kind::text, "canary");
  deltas.append(op, {}, {}, key, row);
}

batch inserts(long from, long to) {
  batch deltas;
  for (auto id = from; id <= to; ++id) append(deltas, operation::insert, id);
  return deltas;
}

batch_outcome all(std::size_t count, fate f) {
  batch_outcome outcome;
  outcome.fates.assign(count, f);
  return outcome;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<json> lines_of(const std::filesystem::path& file) {
  std::vector<json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777;
}

struct row_log_fixture {
  test::temp_dir dir;
  std::filesystem::path file = rowlog::file_of(dir.path(), "customers", "01JD");

  void settle(rowlog::row_log& log, long from, long to) {
    const auto deltas = inserts(from, to);
    log.settled(deltas, all(deltas.size(), fate::delivered), fate::unknown, keyed_by_id(), noon);
  }
};

/// Bounds the size of every file that this process writes, for as long as it lives.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  sighandler_t handler_;
  rlimit before_{};
};

}  // namespace

TEST_CASE_FIXTURE(row_log_fixture, "every delta has a line with its fate and no value of its row") {
  batch deltas = inserts(1, 2);
  append(deltas, operation::update, 3);
  append(deltas, operation::erase, 4);
  append(deltas, operation::update, 5);
  batch_outcome outcome;
  outcome.fates = {fate::delivered, fate::rejected, fate::unknown, fate::undelivered,
                   fate::unknown};
  outcome.rejections = {{1, "too \"long\" \xff", 422}, {4, "refused in the end"}};
  outcome.failed = {errc::destination_failed, "deliver", "crm", "it went away", "hint"};
  rowlog::row_log log(file);
  log.settled(deltas, outcome, fate::unknown, keyed_by_id(), noon);
  CHECK_FALSE(log.flush());
  CHECK(content(file) ==
        "{\"at\":\"2026-01-31T12:00:00.123Z\",\"operation\":\"insert\",\"key\":{\"id\":1},"
        "\"outcome\":\"delivered\"}\n"
        "{\"at\":\"2026-01-31T12:00:00.123Z\",\"operation\":\"insert\",\"key\":{\"id\":2},"
        "\"outcome\":\"rejected\",\"status\":422,\"error\":\"too \\\"long\\\" \xEF\xBF\xBD\"}\n"
        "{\"at\":\"2026-01-31T12:00:00.123Z\",\"operation\":\"update\",\"key\":{\"id\":3},"
        "\"outcome\":\"unknown\",\"error\":\"deliver 'crm': it went away\"}\n"
        "{\"at\":\"2026-01-31T12:00:00.123Z\",\"operation\":\"delete\",\"key\":{\"id\":4},"
        "\"outcome\":\"undelivered\",\"error\":\"deliver 'crm': it went away\"}\n"
        "{\"at\":\"2026-01-31T12:00:00.123Z\",\"operation\":\"update\",\"key\":{\"id\":5},"
        "\"outcome\":\"unknown\",\"error\":\"refused in the end\"}\n");
}

TEST_CASE_FIXTURE(row_log_fixture, "deltas whose outcome was not recorded have the fate given") {
  rowlog::row_log log(file);
  log.settled(inserts(1, 1), {}, fate::undelivered, keyed_by_id(), noon);
  log.settled(inserts(2, 2), {}, fate::unknown, keyed_by_id(), noon);
  log.flush();
  CHECK(lines_of(file).at(0)["outcome"] == "undelivered");
  CHECK(lines_of(file).at(1)["outcome"] == "unknown");
}

TEST_CASE_FIXTURE(row_log_fixture, "an invalid row has a line with its reason, cut if it is long") {
  rejected_row row;
  row.key = "{\"id\":null}";
  row.operation = "read";
  row.reason = std::string(3000, 'x');
  row.last_at = noon;
  rowlog::row_log log(file);
  log.invalid({row});
  log.flush();
  CHECK(lines_of(file).at(0) == json{{"at", "2026-01-31T12:00:00.123Z"},
                                     {"operation", "read"},
                                     {"key", {{"id", nullptr}}},
                                     {"outcome", "invalid"},
                                     {"error", std::string(2048, 'x')}});
}

TEST_CASE_FIXTURE(row_log_fixture, "the file is its owner's and there is none without a line") {
  {
    rowlog::row_log log(file);
    log.settled({}, {}, fate::unknown, keyed_by_id(), noon);
    CHECK_FALSE(log.flush());
  }
  CHECK_FALSE(std::filesystem::exists(dir.path() / "rows"));
  {
    rowlog::row_log log(file);
    settle(log, 1, 1);
  }
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(file.parent_path()) == 0700);
  CHECK(mode_of(file.parent_path().parent_path()) == 0700);
  CHECK(lines_of(file).size() == 1);
}

TEST_CASE_FIXTURE(row_log_fixture, "writers on several threads never mix their lines") {
  constexpr long writers = 4;
  constexpr long batches = 50;
  constexpr long rows = 100;
  {
    rowlog::row_log log(file);
    std::vector<std::jthread> threads;
    for (long w = 0; w < writers; ++w)
      threads.emplace_back([&, w] {
        for (long b = 0; b < batches; ++b) {
          const auto begin = (w * batches + b) * rows;
          settle(log, begin, begin + rows - 1);
        }
        log.flush();
      });
  }
  std::vector<bool> seen(writers * batches * rows);
  for (const auto& line : lines_of(file)) seen.at(line["key"]["id"].get<std::size_t>()) = true;
  CHECK(std::count(seen.begin(), seen.end(), true) == writers * batches * rows);
}

TEST_CASE_FIXTURE(row_log_fixture, "a line has request and answer where they are given") {
  rowlog::row_log log(file);
  auto outcome = all(3, fate::delivered);
  outcome.answers = {{1, "HTTP 201: {\"id\": 5}"}, {2, std::string(100'000, 'a')}};
  log.settled(inserts(1, 3), outcome, fate::unknown, keyed_by_id(), noon,
              {"", "POST https://a.example/p\n\n{}", std::string(100'000, 'r')});
  CHECK_FALSE(log.flush());
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK_FALSE(lines[0].contains("request"));
  CHECK_FALSE(lines[0].contains("answer"));
  CHECK(lines[1]["request"] == "POST https://a.example/p\n\n{}");
  CHECK(lines[1]["answer"] == "HTTP 201: {\"id\": 5}");
  // A page of the log has many lines.
  CHECK(lines[2]["request"].get<std::string>().size() < 5'000);
  CHECK(lines[2]["answer"].get<std::string>().size() < 5'000);
}

TEST_CASE_FIXTURE(row_log_fixture,
                  "a full disk ends the log behind a whole line, with one warning") {
  rowlog::row_log log(file);
  std::optional<std::string> warning;
  {
    const file_size_limit limit(100'000);
    settle(log, 1, 3000);
    settle(log, 3001, 6000);
    warning = log.flush();
    settle(log, 6001, 9000);
    CHECK_FALSE(log.flush());
  }
  REQUIRE(warning);
  CHECK(warning->find(file.string()) != std::string::npos);
  CHECK(warning->find("File too large") != std::string::npos);
  settle(log, 9001, 9001);
  CHECK_FALSE(log.flush());
  const auto text = content(file);
  CHECK(text.ends_with("}\n"));
  CHECK(text.size() > 99'000);
  const auto lines = lines_of(file);
  CHECK(lines.back()["key"]["id"] == lines.size());
}

TEST_CASE_FIXTURE(row_log_fixture, "a folder that cannot be used is one warning and no error") {
  std::ofstream(dir.path() / "rows") << "in the way";
  rowlog::row_log log(file);
  settle(log, 1, 1);
  const auto warning = log.flush();
  REQUIRE(warning);
  CHECK(warning->find("Not a directory") != std::string::npos);
  CHECK_FALSE(log.flush());
}

TEST_CASE_FIXTURE(row_log_fixture, "the row log of another run is never written to") {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "of somebody else\n";
  rowlog::row_log log(file);
  settle(log, 1, 1);
  CHECK(log.flush());
  CHECK(content(file) == "of somebody else\n");
}

TEST_CASE_FIXTURE(row_log_fixture,
                  "a removed row log is gone, and one that never was is no error") {
  CHECK_FALSE(rowlog::remove(dir.path(), "customers", "01JD"));
  {
    rowlog::row_log log(file);
    settle(log, 1, 1);
  }
  CHECK_FALSE(rowlog::remove(dir.path(), "customers", "01JD"));
  CHECK_FALSE(std::filesystem::exists(file));
}
