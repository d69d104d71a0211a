// What kinds of destinations differ in, for the rest of the program: the one place where a kind is
// asked which it is. A new kind is a struct in `destination_config::kind` and a file in kinds/ that
// answers each question below; std::visit asks them, so that one that is forgotten does not
// compile.
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

/// A file that is written by one connection alone.
struct sole_file {
  std::filesystem::path path;
  std::string_view key;  ///< of the section `destination`, which names it
};
/// A connection string whose references are resolved whenever somebody connects.
struct late_secret {
  const secret_string* text;
  std::string_view key;  ///< of the section `destination`, which holds it
};

// -- asked of whichever kind it is --

/// The section `destination`; records every problem.
destination_config read_destination(const json_value& value);
/// Complains about what the destination asks of the rest of the connection `root` and does not get.
void check_destination(const json_value& root, const connection_config& connection);
/// Why vanished rows cannot be marked instead of deleted; nothing if they can.
std::optional<unmet_requirement> no_marking(const destination_config& destination);
std::optional<sole_file> file_of(const destination_config& destination);
std::vector<late_secret> late_secrets(const destination_config& destination);
/// Which data it is that rows are written to: part of the ledger's identity, stored, so what it is
/// made of must not change. Neither user nor password. Throws `failure` (invalid_config) if a
/// reference has no value.
nlohmann::ordered_json identity_of(const destination_config& destination);
/// How many rows a batch has unless the connection says.
std::uint32_t usual_batch_rows(const destination_config& destination);
/// How many rows a second may be delivered by `op` at most; nothing without a limit.
std::optional<double> rows_per_second(const destination_config& destination, operation op);
/// How long one request may take that is under way when a drain is given up: it is finished.
std::chrono::milliseconds request_timeout(const destination_config& destination);

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

void read_kind(section& destination, odbc_config& out);
void check_kind(const json_value& root, const connection_config& connection, const odbc_config& of);
std::optional<unmet_requirement> no_marking(const odbc_config& of);
std::optional<sole_file> file_of(const odbc_config& of);
std::vector<late_secret> late_secrets(const odbc_config& of);
nlohmann::ordered_json identity_of(const odbc_config& of);
std::uint32_t usual_batch_rows(const odbc_config& of);
std::optional<double> rows_per_second(const odbc_config& of, operation op);
std::chrono::milliseconds request_timeout(const odbc_config& of);

void read_kind(section& destination, http_config& out);
void check_kind(const json_value& root, const connection_config& connection, const http_config& of);
std::optional<unmet_requirement> no_marking(const http_config& of);
std::optional<sole_file> file_of(const http_config& of);
std::vector<late_secret> late_secrets(const http_config& of);
nlohmann::ordered_json identity_of(const http_config& of);
std::uint32_t usual_batch_rows(const http_config& of);
std::optional<double> rows_per_second(const http_config& of, operation op);
std::chrono::milliseconds request_timeout(const http_config& of);

}  // namespace sluice::config
