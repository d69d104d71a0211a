// Every default and every limit of the configuration. config/reference.md explains them to users; a
// test keeps both equal.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::config {

/// A closed range of whole numbers.
struct range {
  std::uint32_t from;
  std::uint32_t to;
};

namespace defaults {

// -- node --
inline constexpr auto connections = "connections/*.json";  ///< where it exists; else there are none
inline constexpr auto socket_name = "sluice.sock";         ///< in the state directory
inline constexpr std::uint32_t max_running_syncs = 8;
inline constexpr std::chrono::milliseconds retention = std::chrono::hours(24 * 90);
inline constexpr std::uint32_t most_runs = 10'000;
inline constexpr std::chrono::milliseconds heartbeat = std::chrono::seconds(10);
inline constexpr std::chrono::milliseconds dead_after = std::chrono::seconds(30);
inline constexpr std::chrono::milliseconds session_idle = std::chrono::hours(1);
inline constexpr std::chrono::milliseconds session_longest = std::chrono::hours(12);

// -- changes what is delivered --
inline constexpr std::uint32_t max_delete_percent = 30;
/// If nearly every row is refused, the rows are not the reason.
inline constexpr std::uint32_t max_rejected_percent = 99;
/// For mode update, which rejects rows that the destination does not have.
inline constexpr std::uint32_t max_rejected_percent_of_updates = 100;

// -- alerts --
/// Any rejected or invalid row is worth an alert.
inline constexpr std::uint32_t rejected_percent = 0;

// -- changes how fast and with how much memory --
inline constexpr std::uint32_t writers = 2;
inline constexpr std::uint32_t batch_rows = 1000;
inline constexpr std::uint32_t window = 8;
inline constexpr std::chrono::milliseconds drain_timeout = std::chrono::seconds(60);
/// A query may compute for a long time before its first row; a statement that writes does not.
inline constexpr std::chrono::milliseconds source_answer_timeout = std::chrono::hours(2);
inline constexpr std::chrono::milliseconds destination_answer_timeout = std::chrono::minutes(10);

// -- HTTP destinations --
inline constexpr std::uint32_t http_batch_rows = 100;
inline constexpr std::uint64_t max_body = 1'000'000;
inline constexpr std::uint64_t max_answer = 4'000'000;
inline constexpr std::chrono::milliseconds http_timeout = std::chrono::seconds(30);
inline constexpr std::chrono::milliseconds retry_base{500};
inline constexpr std::chrono::milliseconds retry_cap = std::chrono::seconds(60);
inline constexpr std::chrono::milliseconds give_up_after = std::chrono::minutes(10);

}  // namespace defaults

namespace limits {

inline constexpr range max_running_syncs{1, 10'000};
inline constexpr std::chrono::milliseconds retention_min = std::chrono::hours(1);
inline constexpr std::chrono::milliseconds retention_max = std::chrono::hours(24 * 36'500);
inline constexpr range most_runs{1, 1'000'000};
inline constexpr std::chrono::milliseconds heartbeat_min{500};
/// Applies to nodes. Shims wait for 30 s, and give a sign of life every half second.
inline constexpr std::chrono::milliseconds heartbeat_max = std::chrono::seconds(10);
inline constexpr std::chrono::milliseconds dead_after_min = std::chrono::seconds(2);
inline constexpr std::chrono::milliseconds dead_after_max = std::chrono::hours(1);
inline constexpr std::chrono::milliseconds session_min = std::chrono::minutes(1);
inline constexpr std::chrono::milliseconds session_max = std::chrono::days(30);
/// Characters in a token of the API: what chance makes of them cannot be guessed.
inline constexpr std::size_t shortest_token = 16;
inline constexpr range max_delete_percent{0, 100};
inline constexpr range max_rejected_percent{0, 100};
inline constexpr range rejected_percent{0, 100};
inline constexpr range writers{1, 64};
inline constexpr range batch_rows{1, 100'000};
inline constexpr range window{1, 1'000};
/// Zero: a stop abandons at once everything in flight.
inline constexpr std::chrono::milliseconds answer_timeout_min = std::chrono::seconds(1);
inline constexpr std::chrono::milliseconds answer_timeout_max = std::chrono::hours(24 * 7);
inline constexpr std::chrono::milliseconds drain_timeout_min{0};
inline constexpr std::chrono::milliseconds drain_timeout_max = std::chrono::hours(24);

inline constexpr range http_batch_rows{1, 100'000};
inline constexpr range rate_requests{1, 1'000'000'000};
inline constexpr std::chrono::milliseconds rate_time_max = std::chrono::hours(24 * 31);
/// Limits of one account.
inline constexpr std::size_t rates = 10;
inline constexpr range concurrency{1, 500};
inline constexpr std::uint64_t max_body_min = 1'000;
inline constexpr std::uint64_t max_body_max = 256'000'000;
inline constexpr std::uint64_t max_answer_min = 1'000;
inline constexpr std::uint64_t max_answer_max = 256'000'000;
/// Bytes in a regular expression.
inline constexpr std::size_t pattern = 1'000;
/// The limits of time-outs and of the waits between attempts.
inline constexpr std::chrono::milliseconds http_time_min{1};
inline constexpr std::chrono::milliseconds http_time_max = std::chrono::hours(24);

/// The limits of the life of a token whose server tells none.
inline constexpr std::chrono::milliseconds token_life_min = std::chrono::seconds(1);
inline constexpr std::chrono::milliseconds token_life_max = std::chrono::hours(24 * 365);

/// How far behind its checkpoint a cursor may begin.
inline constexpr std::chrono::milliseconds overlap_min{0};
inline constexpr std::chrono::milliseconds overlap_max = std::chrono::days(365);

/// Bytes in the name of a connection or node: it becomes a directory name.
inline constexpr std::size_t name = 100;
/// Bytes in one configuration file, and in one file that a reference names.
inline constexpr std::size_t config_file = 4u << 20;
inline constexpr std::size_t referenced_file = 1u << 20;
/// How long a program that a reference names may take, and the bytes of the line that it prints.
inline constexpr std::chrono::milliseconds program = std::chrono::seconds(10);
inline constexpr std::size_t program_line = 64u << 10;
/// Elements of a list; comparing them with each other stays quick.
inline constexpr std::size_t elements = 10'000;
/// Columns of a key; known databases index fewer.
inline constexpr std::size_t key_columns = 100;
/// Depth of nested objects and arrays; deeper documents are attacks or accidents.
inline constexpr std::size_t depth = 64;
/// Significant decimal digits that every double keeps (DBL_DIG).
inline constexpr std::size_t number_digits = 15;

}  // namespace limits
}  // namespace sluice::config
