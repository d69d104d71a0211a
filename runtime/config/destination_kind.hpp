// The differences between kinds of destinations, for the rest of the program. A new kind is a
// struct in `destination_config::kind` and a file in kinds/ with an overload of each function
// below; std::visit calls them, so a missing overload does not compile.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/batch.hpp"
#include "runtime/config/config.hpp"

namespace sluice::config {

class json_value;
class section;

/// A file that only one connection may write.
struct sole_file {
  std::filesystem::path path;
  std::string_view key;  ///< the key of the section `destination` that names the file
};
/// A connection string whose references are resolved at each connect.
struct late_secret {
  const secret_string* text;
  std::string_view key;  ///< the key of the section `destination` that holds the string
};

// -- asked of whichever kind it is --

/// Reads the section `destination`; records every problem.
destination_config read_destination(const json_value& value);
/// Complains about requirements of the destination that the rest of the connection `root` does not
/// meet.
void check_destination(const json_value& root, const connection_config& connection);
/// Why vanished rows cannot be marked instead of deleted; nothing if they can.
std::optional<unmet_requirement> no_marking(const destination_config& destination);
std::optional<sole_file> file_of(const destination_config& destination);
std::vector<late_secret> late_secrets(const destination_config& destination);
/// The target of the rows, as a part of the ledger's identity. It is stored, so its composition
/// must not change. Has neither user nor password. Throws `failure` (invalid_config) if a reference
/// has no value.
nlohmann::ordered_json identity_of(const destination_config& destination);
/// The default for the rows of a batch.
std::uint32_t usual_batch_rows(const destination_config& destination);
/// The most rows per second that may be delivered by `op`; nothing without a limit.
std::optional<double> rows_per_second(const destination_config& destination, operation op);
/// How long a sent request may take to finish after a drain is given up.
std::chrono::milliseconds request_timeout(const destination_config& destination);
/// Whether what the destination answers about rows is kept with their keys, and needed later: see
/// batch_outcome::remembered.
bool remembers_answers(const destination_config& destination);

// -- answered by each kind --

void read_kind(section& destination, jsonl_config& out);
void check_kind(const json_value& root, const connection_config& connection,
                const jsonl_config& of);
std::optional<unmet_requirement> no_marking(const jsonl_config& of);
std::optional<sole_file> file_of(const jsonl_config& of);
std::vector<late_secret> late_secrets(const jsonl_config& of);
nlohmann::ordered_json identity_of(const jsonl_config& of);
std::uint32_t usual_batch_rows(const jsonl_config& of);
std::optional<double> rows_per_second(const jsonl_config& of, operation op);
std::chrono::milliseconds request_timeout(const jsonl_config& of);
bool remembers_answers(const jsonl_config& of);

void read_kind(section& destination, odbc_config& out);
void check_kind(const json_value& root, const connection_config& connection, const odbc_config& of);
std::optional<unmet_requirement> no_marking(const odbc_config& of);
std::optional<sole_file> file_of(const odbc_config& of);
std::vector<late_secret> late_secrets(const odbc_config& of);
nlohmann::ordered_json identity_of(const odbc_config& of);
std::uint32_t usual_batch_rows(const odbc_config& of);
std::optional<double> rows_per_second(const odbc_config& of, operation op);
std::chrono::milliseconds request_timeout(const odbc_config& of);
bool remembers_answers(const odbc_config& of);

void read_kind(section& destination, http_config& out);
void check_kind(const json_value& root, const connection_config& connection, const http_config& of);
std::optional<unmet_requirement> no_marking(const http_config& of);
std::optional<sole_file> file_of(const http_config& of);
std::vector<late_secret> late_secrets(const http_config& of);
nlohmann::ordered_json identity_of(const http_config& of);
std::uint32_t usual_batch_rows(const http_config& of);
std::optional<double> rows_per_second(const http_config& of, operation op);
std::chrono::milliseconds request_timeout(const http_config& of);
bool remembers_answers(const http_config& of);

}  // namespace sluice::config
