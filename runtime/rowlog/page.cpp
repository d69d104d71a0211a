#include "runtime/rowlog/page.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "messages/error.hpp"
#include "runtime/os/system_error.hpp"
#include "runtime/os/unique_fd.hpp"

namespace sluice::rowlog {
namespace {

/// Bytes that are read at a time.
constexpr std::size_t piece_bytes = 256u << 10;

constexpr std::string_view before_key = ",\"key\":";
/// No JSON string contains this text, since quotes in strings are escaped. The key may have a
/// member of that name, but nothing behind the outcome has.
constexpr std::string_view before_outcome = ",\"outcome\":\"";

[[noreturn]] void refuse(const std::string& cursor) {
  throw failure(errc::usage, "read row log", cursor, "this is no cursor",
                "take the one of the page before, or begin without");
}

std::uint64_t offset_of(const std::string& cursor) {
  if (cursor.empty()) return 0;
  std::uint64_t offset = 0;
  const auto* const end = cursor.data() + cursor.size();
  const auto read = std::from_chars(cursor.data(), end, offset);
  constexpr auto most = std::uint64_t{1} << 62;
  if (read.ec != std::errc() || read.ptr != end || offset > most) refuse(cursor);
  return offset;
}

/// The whole lines of a file from an offset on.
class line_reader {
 public:
  line_reader(const std::filesystem::path& file, os::unique_fd fd, std::uint64_t offset)
      : file_(file), fd_(std::move(fd)), offset_(offset) {}

  /// The next line without its line break; nothing at the end of the file. Valid until the
  /// next call.
  std::optional<std::string_view> next() {
    for (auto searched = begin_;;) {
      const auto end = buffer_.find('\n', searched);
      if (end != std::string::npos) {
        const auto line = std::string_view(buffer_).substr(begin_, end - begin_);
        offset_ += line.size() + 1;
        begin_ = end + 1;
        return line;
      }
      buffer_.erase(0, begin_);
      begin_ = 0;
      searched = buffer_.size();
      if (!read_more()) return std::nullopt;
    }
  }
  /// The offset of the next line.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Whether a line begins at the offset given to the constructor. To be called once,
  /// before `next`.
  bool begins_a_line() {
    if (offset_ == 0) return true;
    char before = 0;
    return read_at(&before, 1, offset_ - 1) == 1 && before == '\n';
  }

 private:
  bool read_more() {
    const auto had = buffer_.size();
    buffer_.resize(had + piece_bytes);
    const auto read = read_at(buffer_.data() + had, piece_bytes, offset_ + had);
    buffer_.resize(had + read);
    return read > 0;
  }
  std::size_t read_at(char* into, std::size_t size, std::uint64_t offset) {
    for (;;) {
      const auto read = ::pread(fd_.get(), into, size, static_cast<off_t>(offset));
      if (read >= 0) return static_cast<std::size_t>(read);
      if (errno != EINTR)
        throw failure(errc::catalog_failed, "read row log", file_.string(), os::reason(errno));
    }
  }

  const std::filesystem::path& file_;
  os::unique_fd fd_;
  std::uint64_t offset_;
  std::string buffer_;  ///< bytes read; those from `begin_` on were not handed out
  std::size_t begin_ = 0;
};

/// The line with `key_text`, if it has the wanted outcome; nothing for a line that a crash
/// has torn.
std::optional<std::string> shown(std::string_view line, std::string_view outcome) {
  const auto key = line.find(before_key);
  const auto behind_key = line.rfind(before_outcome);
  if (key == line.npos || behind_key == line.npos || behind_key < key + before_key.size() ||
      !line.ends_with('}'))
    return std::nullopt;
  const auto rest = line.substr(behind_key + before_outcome.size());
  if (!outcome.empty() && rest.substr(0, rest.find('"')) != outcome) return std::nullopt;
  const auto text = line.substr(key + before_key.size(), behind_key - key - before_key.size());
  const auto quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return std::string(line.substr(0, line.size() - 1)) + ",\"key_text\":" + quoted + '}';
}

}  // namespace

std::optional<row_log_page> read_page(const std::filesystem::path& file, const row_log_query& which,
                                      bool growing) {
  const auto begin = offset_of(which.cursor);
  os::unique_fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw failure(errc::catalog_failed, "read row log", file.string(), os::reason(errno));
  line_reader lines(file, std::move(fd), begin);
  if (!lines.begins_a_line()) refuse(which.cursor);
  const auto limit = std::min(which.limit, most_rows_listed);
  row_log_page page;
  while (page.lines.size() < limit && lines.offset() - begin < page_bytes) {
    const auto line = lines.next();
    if (!line) {
      if (growing) page.next = std::to_string(lines.offset());
      return page;
    }
    if (line->find(which.text) == line->npos) continue;
    if (auto row = shown(*line, which.outcome)) page.lines.push_back(std::move(*row));
  }
  page.next = std::to_string(lines.offset());
  return page;
}

}  // namespace sluice::rowlog
