#include "messages/run.hpp"

#include <array>

#include "messages/words.hpp"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 2> type_words{"full", "incremental"};
constexpr std::array<std::string_view, 3> trigger_words{"manual", "schedule", "api"};
constexpr std::array<std::string_view, 5> mode_words{"upsert", "mirror", "insert", "update",
                                                     "append"};
constexpr std::array<std::string_view, 8> state_words{
    "postponed", "running", "draining", "succeeded", "stopped", "failed", "interrupted", "skipped"};
constexpr std::array<std::string_view, 5> connection_words{"idle", "running", "draining",
                                                           "disabled", "unreachable"};
constexpr std::array<std::string_view, 6> phase_words{"waiting", "connecting", "querying",
                                                      "reading", "delivering", "draining"};
constexpr std::array<std::string_view, 3> link_words{"self", "linked", "unreachable"};
constexpr std::array<std::string_view, 7> bound_words{
    "rows", "growth", "concurrency", "refusals", "latency", "rate_limit", "retry"};

static_assert(ends_with(type_words, run_type::incremental) &&
              ends_with(trigger_words, run_trigger::api) &&
              ends_with(mode_words, sync_mode::append) &&
              ends_with(state_words, run_state::skipped) &&
              ends_with(connection_words, connection_state::unreachable) &&
              ends_with(phase_words, run_phase::draining) &&
              ends_with(link_words, link_state::unreachable) &&
              ends_with(bound_words, request_bound::retry));

/// Whether a run succeeded although rows were rejected or invalid.
bool left_failures(const run_record& run) {
  return run.state == run_state::succeeded && run.counters.failures() > 0;
}

}  // namespace

std::string_view to_string(run_phase x) { return word_of(phase_words, x); }
std::string_view to_string(run_type x) { return word_of(type_words, x); }
std::string_view to_string(run_trigger x) { return word_of(trigger_words, x); }
std::string_view to_string(sync_mode x) { return word_of(mode_words, x); }
std::string_view to_string(run_state x) { return word_of(state_words, x); }
std::string_view to_string(connection_state x) { return word_of(connection_words, x); }
std::string_view to_string(link_state x) { return word_of(link_words, x); }
std::string_view to_string(request_bound x) { return word_of(bound_words, x); }

std::optional<std::string_view> outcome_of(const run_record& run) {
  if (!has_ended(run.state)) return std::nullopt;
  return left_failures(run) ? "with_rejections" : to_string(run.state);
}

std::string_view state_in_words(const run_record& run) {
  return left_failures(run) ? "completed, with failures" : to_string(run.state);
}

template <>
std::optional<run_type> parse<run_type>(std::string_view word) {
  return find_word<run_type>(type_words, word);
}
template <>
std::optional<run_trigger> parse<run_trigger>(std::string_view word) {
  return find_word<run_trigger>(trigger_words, word);
}
template <>
std::optional<sync_mode> parse<sync_mode>(std::string_view word) {
  return find_word<sync_mode>(mode_words, word);
}
template <>
std::optional<run_state> parse<run_state>(std::string_view word) {
  return find_word<run_state>(state_words, word);
}

}  // namespace sluice
