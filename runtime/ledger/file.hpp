// Files as the ledger uses them: owned descriptors, whole writes, mappings. Turns what the system
// calls return into `failure` (ledger_failed) that names the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/ledger/system_calls.hpp"

namespace sluice::ledger {

/// Read-only view of a file's first bytes. Outlives the descriptor and the name; movable, and safe
/// to read from any thread.
class mapping {
 public:
  mapping() = default;
  ~mapping();
  mapping(mapping&& other) noexcept;
  mapping& operator=(mapping&& other) noexcept;

  [[nodiscard]] std::string_view bytes() const { return {data_, size_}; }
  [[nodiscard]] const char* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend class file;
  mapping(const char* data, std::size_t size) : data_(data), size_(size) {}

  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// An open file. Not thread safe, but for `write` beside `map`.
class file {
 public:
  /// A new file; one of that name is emptied.
  static file create(system_calls& calls, const std::filesystem::path& path);
  /// A file that must exist. `errno` value ENOENT is reported as any other.
  static file open(system_calls& calls, const std::filesystem::path& path);
  /// As `open`, for a file that is mapped and never written.
  static file open_to_read(system_calls& calls, const std::filesystem::path& path);
  /// A file that only this process ever sees.
  static file unnamed(system_calls& calls, const std::filesystem::path& directory);

  ~file();
  file(file&& other) noexcept;
  file& operator=(file&& other) noexcept;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] system_calls& calls() const { return *calls_; }

  /// Writes all of `bytes`; interrupted and short writes go on where they ended.
  void write(std::uint64_t at, std::string_view bytes);
  /// Makes everything written durable. Never called again after a failure: the kernel may have
  /// dropped the pages and would report success.
  void sync();
  void truncate(std::uint64_t size);
  /// Maps the whole file as it is now.
  [[nodiscard]] mapping map() const;
  /// Takes the advisory lock of this file without waiting; false if another descriptor holds it.
  [[nodiscard]] bool try_lock();

 private:
  file(system_calls& calls, std::filesystem::path path, int descriptor)
      : calls_(&calls), path_(std::move(path)), descriptor_(descriptor) {}

  system_calls* calls_;
  std::filesystem::path path_;
  int descriptor_;
};

/// The whole of a file of at most 1 MiB. Throws `failure` (ledger_failed); ENOENT included.
std::string read_file(const std::filesystem::path& path);

/// Makes the names in `directory` durable.
void sync_directory(system_calls& calls, const std::filesystem::path& directory);
void rename(system_calls& calls, const std::filesystem::path& from,
            const std::filesystem::path& to);
/// Creates `directory` and its parents where they are missing. Makes the names of the created ones
/// durable, and the name of `directory` in any case.
void make_directories(system_calls& calls, const std::filesystem::path& directory);
/// Removes a folder with the files in it; nothing happens if there is none.
void remove_directory(system_calls& calls, const std::filesystem::path& directory);

}  // namespace sluice::ledger
