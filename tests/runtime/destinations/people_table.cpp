#include "tests/runtime/destinations/people_table.hpp"

#include "runtime/destinations/odbc_destination.hpp"

namespace sluice::test {

people_table::people_table(odbc::product kind) : database_(kind) { create(); }

void people_table::create() {
  switch (database_.kind()) {
    case odbc::product::postgresql:
      return database_.run(
          {"CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, "
           "amount numeric(12,2), note text)"});
    case odbc::product::mariadb:
      return database_.run(
          {"CREATE TABLE people (id BIGINT PRIMARY KEY, name LONGTEXT NOT NULL, "
           "amount DECIMAL(12,2), note LONGTEXT)"});
    default:
      return database_.run(
          {"CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
           "amount TEXT, note TEXT)"});
  }
}

config::odbc_config people_table::config() const {
  return {config::secret_string(database_.connection_string()), "people", false};
}

std::unique_ptr<destinations::destination> people_table::make() {
  return destinations::make_odbc_destination(config());
}

std::unique_ptr<destinations::destination> people_table::open(std::stop_token stop) {
  auto way_in = make();
  way_in->open(person_context(), std::move(stop));
  return way_in;
}

std::map<int, person> people_table::state() {
  std::map<int, person> people;
  for (const auto& row : database_.connect().query("SELECT id, name, amount, note FROM people")) {
    const int id = std::stoi(row[0].value());
    people[id] = {id, row[1].value(), row[2].value(), row[3]};
  }
  return people;
}

bool people_table::refuse_name(const std::string& name) {
  const auto check = "CHECK (name <> '" + name + "')";
  switch (database_.kind()) {
    case odbc::product::postgresql:
      database_.run({"ALTER TABLE people DROP CONSTRAINT IF EXISTS good_name",
                     "ALTER TABLE people ADD CONSTRAINT good_name " + check});
      break;
    case odbc::product::mariadb:
      database_.run({"ALTER TABLE people ADD CONSTRAINT IF NOT EXISTS good_name " + check});
      break;
    default:
      database_.run(
          {"CREATE TRIGGER IF NOT EXISTS good_name BEFORE INSERT ON people WHEN NEW.name = '" +
           name + "' BEGIN SELECT RAISE(ABORT, 'good_name refuses it'); END"});
  }
  return true;
}

void people_table::break_target() { database_.run({"DROP TABLE people"}); }
void people_table::mend_target() { create(); }

}  // namespace sluice::test
