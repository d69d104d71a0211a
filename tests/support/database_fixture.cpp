#include "tests/support/database_fixture.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "runtime/odbc/background.hpp"

namespace sluice::test {
namespace {

/// Lets a test program end as `sluice` does: not while a thread is inside a driver.
struct driver_threads_end final : doctest::IReporter {
  explicit driver_threads_end(const doctest::ContextOptions& /*options*/) {}
  void test_run_end(const doctest::TestRunStats& stats) override {
    if (odbc::finish_background()) return;
    std::fflush(nullptr);
    std::_Exit(stats.numTestCasesFailed == 0 ? 0 : 1);
  }
  void report_query(const doctest::QueryData& /*query*/) override {}
  void test_run_start() override {}
  void test_case_start(const doctest::TestCaseData& /*test*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*test*/) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& /*stats*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*error*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*assertion*/) override {}
  void log_message(const doctest::MessageData& /*message*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*test*/) override {}
};
REGISTER_LISTENER("driver_threads_end", 1, driver_threads_end);

std::string fresh_name() {
  static std::atomic<unsigned> counter{0};
  return "sluice_test_" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
}

odbc::connection connect_to(const std::string& text) {
  return odbc::connection({.connection_string = text, .use = odbc::purpose::write});
}

}  // namespace

std::string required_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0')
    throw std::runtime_error(std::string(name) +
                             " is not set: this test needs a real server; run the tests with "
                             "tests/run, or start servers with tests/support/databases");
  return value;
}

std::string with_attribute(std::string text, const std::string& name, std::string_view value) {
  const auto at = text.find(name + "=");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in the connection string");
  const auto begin = at + name.size() + 1;
  const auto end = std::min(text.find(';', begin), text.size());
  return text.replace(begin, end - begin, value);
}

database_fixture::database_fixture(odbc::product kind) : kind_(kind), name_(fresh_name()) {
  switch (kind) {
    case odbc::product::postgresql:
      server_ = required_environment("SLUICE_TEST_PG");
      connect_to(server_).execute("CREATE DATABASE " + name_);
      break;
    case odbc::product::mariadb:
      server_ = required_environment("SLUICE_TEST_MARIADB");
      connect_to(server_).execute("CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4");
      break;
    case odbc::product::sqlite: {
      const auto file = directory_.path() / "test.db";
      std::ofstream(file).flush();  // an empty file is an empty database; readers create none
      connection_string_ = "Driver=SQLite3;Database=" + file.string();
      return;
    }
    case odbc::product::generic:
      throw std::runtime_error("no fixture for a generic database");
  }
  connection_string_ = with_attribute(server_, "Database", name_);
}

database_fixture::~database_fixture() {
  if (server_.empty()) return;
  try {
    const bool force = kind_ == odbc::product::postgresql;
    connect_to(server_).execute("DROP DATABASE " + name_ + (force ? " WITH (FORCE)" : ""));
  } catch (const std::exception&) {
    // A test that killed its server has nothing to drop; the servers' folder goes as a whole.
  }
}

odbc::connection database_fixture::connect(odbc::purpose use, std::stop_token stop) const {
  return odbc::connection({.connection_string = connection_string_, .use = use}, std::move(stop));
}

void database_fixture::run(std::initializer_list<std::string> statements) const {
  auto connection = connect();
  for (const auto& sql : statements) connection.execute(sql);
}

}  // namespace sluice::test
