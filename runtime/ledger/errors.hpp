// How the ledger says what went wrong: damage and failed I/O, each with its file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace sluice::ledger {

/// Throws `failure` (ledger_corrupt): the content of `file` is not what was written to it. `file`
/// lies in the directory that is named after the connection.
[[noreturn]] void fail_corrupt(const std::filesystem::path& file, std::uint64_t offset,
                               std::string_view cause);

/// Throws `failure` (ledger_failed): `file` is whole, but in a format that this program does not
/// know; `cause` names the format.
[[noreturn]] void fail_format(const std::filesystem::path& file, std::string_view cause);

/// Throws `failure` (ledger_failed): the system refused `operation` with the errno value `cause`.
[[noreturn]] void fail_io(std::string_view operation, const std::filesystem::path& file, int cause);

}  // namespace sluice::ledger
