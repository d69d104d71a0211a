#include "tests/support/unproven_database.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace sluice::test {

relative_of_postgresql::relative_of_postgresql() : database_(odbc::product::postgresql) {
  // Functions in a schema in front of pg_catalog in the search path are found first.
  database_.run(
      {"CREATE SCHEMA pretended",
       "CREATE FUNCTION pretended.version() RETURNS text LANGUAGE sql AS "
       "$$SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.63205'$$",
       "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = pretended, pg_catalog, "
       "public', current_database()); END $$",
       "GRANT ALL ON SCHEMA public TO public"});
}

void relative_of_postgresql::run(std::initializer_list<std::string> statements) const {
  auto on = database_.connect();
  on.execute("SET search_path = public");
  for (const auto& sql : statements) on.execute(sql);
}

std::vector<std::vector<std::optional<std::string>>> relative_of_postgresql::query(
    const std::string& sql) const {
  auto on = database_.connect();
  on.execute("SET search_path = public");
  return on.query(sql);
}

std::string virtuoso_connection_string() {
  using namespace std::chrono_literals;
  const auto text = required_environment("SLUICE_TEST_VIRTUOSO");
  const auto pid = std::stoi(required_environment("SLUICE_TEST_VIRTUOSO_PID"));
  const auto give_up = std::chrono::steady_clock::now() + 120s;
  for (;;) {
    try {
      odbc::connection({.connection_string = text});
      return text;
    } catch (const odbc::odbc_error&) {
      // It starts while other tests run.
      if (::kill(pid, 0) != 0 || std::chrono::steady_clock::now() >= give_up) throw;
      std::this_thread::sleep_for(100ms);
    }
  }
}

std::string fresh_table_name() {
  static std::atomic<unsigned> counter{0};
  return "sluice_test_" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
}

}  // namespace sluice::test
