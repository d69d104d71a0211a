#include "messages/error.hpp"

#include <cerrno>
#include <new>
#include <system_error>

namespace sluice {
namespace {

constexpr const char* what_to_raise =
    "raise the limit, or have the machine do less at a time: memory (MemoryMax, ulimit -v), "
    "threads (TasksMax, ulimit -u), descriptors (LimitNOFILE, ulimit -n); max_running_syncs bounds "
    "how many runs need them at a time";

/// Whether the machine or a limit denied something, by the number that the system gave.
bool is_exhaustion(const std::error_code& code) {
  if (code.category() != std::generic_category() && code.category() != std::system_category())
    return false;
  const auto n = code.value();
  return n == EAGAIN || n == ENOMEM || n == EMFILE || n == ENFILE;
}

}  // namespace

std::string_view to_string(errc code) {
  switch (code) {
    case errc::none:
      return "none";
    case errc::usage:
      return "usage";
    case errc::invalid_config:
      return "invalid_config";
    case errc::unknown_connection:
      return "unknown_connection";
    case errc::already_running:
      return "already_running";
    case errc::draining:
      return "draining";
    case errc::not_running:
      return "not_running";
    case errc::disabled:
      return "disabled";
    case errc::unreachable:
      return "unreachable";
    case errc::timed_out:
      return "timed_out";
    case errc::source_failed:
      return "source_failed";
    case errc::destination_failed:
      return "destination_failed";
    case errc::ledger_corrupt:
      return "ledger_corrupt";
    case errc::ledger_failed:
      return "ledger_failed";
    case errc::catalog_failed:
      return "catalog_failed";
    case errc::state_locked:
      return "state_locked";
    case errc::guarded:
      return "guarded";
    case errc::cancelled:
      return "cancelled";
    case errc::shutting_down:
      return "shutting_down";
    case errc::internal:
      return "internal";
    case errc::forbidden:
      return "forbidden";
    case errc::exhausted:
      return "exhausted";
    case errc::hanging:
      return "hanging";
  }
  return "internal";
}

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
    return {errc::internal, operation, object, e.what(), "please report this as a defect"};
  } catch (const std::exception& e) {
    return {errc::internal, operation, object, e.what(), "please report this as a defect"};
  } catch (...) {
    return {errc::internal, operation, object, "an exception of unknown type",
            "please report this as a defect"};
  }
}

}  // namespace sluice
