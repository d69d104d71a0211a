#include "messages/error.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

#include "messages/expect.hpp"
#include "messages/words.hpp"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 24> code_words{"none",
                                                      "usage",
                                                      "invalid_config",
                                                      "unknown_connection",
                                                      "already_running",
                                                      "draining",
                                                      "not_running",
                                                      "disabled",
                                                      "unreachable",
                                                      "timed_out",
                                                      "source_failed",
                                                      "destination_failed",
                                                      "ledger_corrupt",
                                                      "ledger_failed",
                                                      "catalog_failed",
                                                      "state_locked",
                                                      "guarded",
                                                      "cancelled",
                                                      "shutting_down",
                                                      "internal",
                                                      "forbidden",
                                                      "exhausted",
                                                      "hanging",
                                                      "key_reused"};
static_assert(ends_with(code_words, errc::key_reused));

constexpr const char* what_to_raise =
    "raise the limit, or have the machine do less at a time: memory (MemoryMax, ulimit -v), "
    "threads (TasksMax, ulimit -u), descriptors (LimitNOFILE, ulimit -n); max_running_syncs bounds "
    "how many runs need them at a time";

/// Whether the machine or a limit denied something, by the system's error number.
bool is_exhaustion(const std::error_code& code) {
  if (code.category() != std::generic_category() && code.category() != std::system_category())
    return false;
  const auto n = code.value();
  return n == EAGAIN || n == ENOMEM || n == EMFILE || n == ENFILE;
}

}  // namespace

std::string_view to_string(errc code) { return word_of(code_words, code, "internal"); }

std::string error::message() const {
  std::string out = operation;
  if (!object.empty()) out += (out.empty() ? "'" : " '") + object + "'";
  if (!cause.empty()) out += (out.empty() ? "" : ": ") + cause;
  return out;
}

std::string error::text() const {
  auto out = message();
  if (!hint.empty()) out += "; " + hint;
  return out;
}

error error_from(const std::exception_ptr& thrown, const std::string& operation,
                 const std::string& object) {
  try {
    std::rethrow_exception(thrown);
  } catch (const failure& f) {
    return f.info();
  } catch (const std::bad_alloc&) {
    return {errc::exhausted, operation, object, "no memory is to be had", what_to_raise};
  } catch (const std::system_error& e) {
    if (is_exhaustion(e.code()))
      return {errc::exhausted, operation, object, e.what(), what_to_raise};
    return defect(operation, object, e.what());
  } catch (const std::exception& e) {
    return defect(operation, object, e.what());
  } catch (...) {
    return defect(operation, object, "an exception of unknown type");
  }
}

}  // namespace sluice
