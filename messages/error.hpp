// Errors as values and as exceptions. Every error names the operation, its object, the cause and,
// where there is one, a hint: what the reader can do.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace sluice {

/// What kind of thing went wrong. The order is part of the wire format: append, never reorder.
enum class errc : std::uint8_t {
  none = 0,
  usage,               ///< a command line or a request that makes no sense
  invalid_config,      ///< the configuration cannot be used
  unknown_connection,  ///< no connection has that name
  already_running,     ///< refused: a run is active
  draining,            ///< refused: a stopped run still delivers what is in flight
  not_running,         ///< refused: there is no run to stop
  disabled,            ///< refused: the connection is disabled
  unreachable,         ///< no node answers at the address
  timed_out,           ///< an answer did not come in time
  source_failed,       ///< reading the model failed
  destination_failed,  ///< the destination as a whole refused or could not be reached
  ledger_corrupt,      ///< the ledger on disk is damaged
  ledger_failed,       ///< the ledger could not be read or written (disk full, permissions)
  catalog_failed,      ///< the catalog could not be read or written
  state_locked,        ///< another process uses the state directory or the socket
  guarded,             ///< the delete guard held deletes back
  cancelled,           ///< somebody asked for this to end
  shutting_down,       ///< refused: the node is ending
  internal,            ///< a defect in Sluice
  forbidden,           ///< refused: the certificate does not allow it
  exhausted,           ///< a thread, a descriptor or memory was not to be had
  hanging,             ///< refused: a thread of an earlier run has not come back
  key_reused,          ///< refused: the key of a start stands for another request
};

/// The code as it stands in JSON and logs, for example `already_running`.
std::string_view to_string(errc code);

/// An error as a value: it travels in messages and is stored in run records.
struct error {
  errc code = errc::none;
  std::string operation;  ///< what was tried: "read model"
  std::string object;     ///< on what: "customers"; may be empty
  std::string cause;      ///< why it failed, in the words of whoever refused
  std::string hint;       ///< what to do; may be empty

  explicit operator bool() const { return code != errc::none; }
  bool operator==(const error&) const = default;

  /// `operation 'object': cause`.
  [[nodiscard]] std::string message() const;
  /// `operation 'object': cause; hint`: the form for logs and terminals.
  [[nodiscard]] std::string text() const;
};

/// Any exception as an error that names the operation; a `failure` as it is. What the machine or a
/// limit denied (memory, threads, descriptors) is `exhausted`, not a defect.
error error_from(const std::exception_ptr& thrown, const std::string& operation,
                 const std::string& object);

/// An error on its way up the stack, caught where an actor or a command can report it.
class failure : public std::exception {
 public:
  explicit failure(error what) : error_(std::move(what)), text_(error_.text()) {}
  failure(errc code, std::string operation, std::string object, std::string cause,
          std::string hint = {})
      : failure(error{code, std::move(operation), std::move(object), std::move(cause),
                      std::move(hint)}) {}

  [[nodiscard]] const error& info() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  error error_;
  std::string text_;
};

}  // namespace sluice
