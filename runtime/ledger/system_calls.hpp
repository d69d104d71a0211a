// The system calls through which the ledger changes a disk: one virtual function each, so that a
// test can fail, shorten, count or forget any of them. Nothing else in the ledger writes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace sluice::ledger {

/// As the manual pages say: -1 and `errno` on error, short writes and EINTR included (file.hpp
/// deals with both). This class makes the real calls; thread safe.
class system_calls {
 public:
  virtual ~system_calls() = default;

  virtual int open(const char* path, int flags, mode_t mode);
  /// A file without a name in `directory`: gone with its last descriptor and mapping.
  virtual int open_unnamed(const char* directory);
  virtual int close(int descriptor);
  virtual ssize_t write(int descriptor, const void* bytes, std::size_t size, off_t at);
  virtual int sync_data(int descriptor);
  virtual int truncate(int descriptor, off_t size);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int make_directory(const char* path, mode_t mode);
  virtual int remove_directory(const char* path);
  /// Makes the names in a directory durable.
  virtual int sync_directory(const char* path);
  /// A number that no other journal has; it seeds a journal's checksums.
  virtual std::uint64_t unique_number();

  /// The process's own: stateless.
  static system_calls& real();
};

}  // namespace sluice::ledger
