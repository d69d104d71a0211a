// What differs between databases and drivers, as data: settings, session set-up, transactions.
// Internal to runtime/odbc.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/connection_string.hpp"

namespace sluice::odbc {

/// One attribute of a connection string, with its value if the user's string does not set it.
struct setting {
  std::string_view key;
  std::string_view value;
};

struct dialect {
  product kind;
  char quote;
  std::span<const setting> read_settings;
  std::span<const setting> write_settings;
  /// Attribute that bounds connecting, in seconds; empty where SQL_ATTR_LOGIN_TIMEOUT works.
  std::string_view connect_timeout_key;
  /// Attribute that bounds waiting for an answer, in seconds; empty where the driver has none.
  std::string_view answer_timeout_key;
  /// Sent once after connecting; empty for none.
  std::string_view read_setup;
  std::string_view write_setup;
  /// An SQL expression that is true as long as the set-up for writing holds; evaluated before each
  /// commit. Empty: settings are pinned, or there is nothing to check.
  std::string_view write_setup_holds;
  /// Sent behind `begin_*` in the same message: settings of that transaction alone, since a pooler
  /// may give each transaction another session of the server, which other clients have used. With
  /// it, a statement outside of a transaction gets one of its own, and no statement stays prepared
  /// in the server after its transaction. Empty: the set-up lasts as long as the session.
  std::string_view pinned;
  /// The same, but left out if the user's connection string sets up the session itself.
  std::string_view pinned_to_default;
  /// Sent behind these in the same message: asks for the server's name of the session.
  std::string_view session_name;
  /// To begin a transaction on a connection for reading, on one for writing.
  std::string_view begin_read;
  std::string_view begin_write;
  /// Sent in turn to begin a transaction that reads one consistent snapshot.
  std::span<const std::string_view> begin_snapshot;
  /// Fails where the transaction is not alive and healthy.
  std::string_view commit;
  std::string_view rollback;
};

/// The dialect of a product. `generic` knows only what ODBC and SQL-92 promise.
const dialect& dialect_of(product kind);

/// Looks up `key` of `section` in odbc.ini or odbcinst.ini; empty if it is not there.
using profile_lookup = std::function<std::string(std::string_view file, std::string_view section,
                                                 std::string_view key)>;

/// The driver manager's own configuration files. Thread safe.
std::string system_profile(std::string_view file, std::string_view section, std::string_view key);

/// The product whose driver `text` names: by Driver, or by DSN and then Driver; for a registered
/// name its library is looked up. Pure but for `lookup`.
product detect_driver(const connection_string& text, const profile_lookup& lookup);

/// A server, identified by its own answers.
struct server_identity {
  product kind = product::generic;
  std::string name;  ///< for messages: `PostgreSQL 15.6`, `Amazon Redshift`
};

/// What a server says of itself.
struct server_answers {
  std::string_view version;    ///< to SELECT version()
  std::string_view dbms_name;  ///< SQL_DBMS_NAME
};

/// Whether the server that a driver of `expected` reached is of this product. Many databases have
/// the protocol of PostgreSQL or MySQL, but neither the guarantees nor all of the SQL that the
/// dialect relies on: Redshift, CockroachDB, YugabyteDB and Greenplum behind psqlodbc, MySQL and
/// TiDB behind MariaDB's driver. They are `generic`. Pure.
server_identity identify_server(product expected, const server_answers& answers);

/// The product behind SQL_DBMS_NAME, for drivers that `detect_driver` does not know.
product detect_database(std::string_view dbms_name);

/// As `connect_options` has them.
struct timeouts {
  std::chrono::milliseconds connect;
  std::chrono::milliseconds answer;
};

/// Adds the dialect's settings for `use` where neither the text nor its DSN sets them.
void add_settings(connection_string& text, const dialect& words, purpose use, timeouts limits,
                  const profile_lookup& lookup);

/// What is pinned in every transaction of a connection made with `text`. psqlodbc sends
/// ConnSettings (A6 for short) once it has connected: these settings are then the session's
/// defaults.
std::string pins(const connection_string& text, const dialect& words, const profile_lookup& lookup);

}  // namespace sluice::odbc
