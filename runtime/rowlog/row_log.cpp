#include "runtime/rowlog/row_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runtime/json/json_row.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::rowlog {
namespace {

/// Bytes that are written at a time: few enough calls not to matter beside a delivery.
constexpr std::size_t buffer_bytes = 64u << 10;

constexpr std::string_view word(fate f) {
  switch (f) {
    case fate::delivered:
      return "delivered";
    case fate::rejected:
      return "rejected";
    case fate::undelivered:
      return "undelivered";
    case fate::unknown:
      break;
  }
  return "unknown";
}

/// `","key":"value"` and the like around words that need no escaping.
void append_member(std::string& out, std::string_view before, std::string_view word) {
  out += before;
  out += word;
  out += '"';
}

/// Of a request, and of the answer to it. A page of the log holds some hundred lines.
constexpr std::size_t most_detail_bytes = 4096;

/// A text behind `,"name":`, of which at most so many bytes are shown.
struct text_member {
  std::string_view before;
  std::string_view text;
  std::size_t most;
};

/// Destinations do not always answer in UTF-8, and lines have to be readable all the same.
void append_text(std::string& out, const text_member& what) {
  out += what.before;
  out += nlohmann::json(log::secrets().masked(what.text, what.most))
             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_error(std::string& out, std::string_view reason) {
  append_text(out, {",\"error\":", reason, most_reason_bytes});
}

void append_status(std::string& out, int status) {
  out += ",\"status\":";
  out += std::to_string(status);
}

/// Creates the file and opens it for appending; on failure returns no descriptor, and `errno`
/// says why. The name is relative to the directory, so that nobody can replace a part of the
/// path meanwhile.
os::unique_fd create(const std::filesystem::path& file) {
  const auto directory = file.parent_path();
  for (const auto& needed : {directory.parent_path(), directory})
    if (::mkdir(needed.c_str(), 0700) != 0 && errno != EEXIST) return {};
  const os::unique_fd parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return {};
  return os::unique_fd(::openat(parent.get(), file.filename().c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                                0600));
}

}  // namespace

std::filesystem::path file_of(const std::filesystem::path& state_dir,
                              const connection_name& connection, const run_id& run) {
  return state_dir / "rows" / connection.text() / (run + ".jsonl");
}

error remove(const std::filesystem::path& state_dir, const connection_name& connection,
             const run_id& run) {
  const auto file = file_of(state_dir, connection, run);
  if (::unlink(file.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  return {errc::catalog_failed, "remove row log", file.string(), os::reason(errno),
          "check the owner and the permissions of the state directory"};
}

row_log::~row_log() { flush(); }

template <class Render>
void row_log::add(const Render& render) noexcept {
  if (ended_) return;
  try {
    // Rendered before the mutex is locked, so that nobody waits for it.
    std::string lines;
    render(lines);
    const std::lock_guard lock(mutex_);
    buffer_ += lines;
    if (buffer_.size() >= buffer_bytes) write_buffer();
  } catch (const std::exception& e) {
    const std::lock_guard lock(mutex_);
    end(e.what());
  }
}

void row_log::settled(const batch& deltas, const batch_outcome& outcome, fate unrecorded,
                      const row_schema& schema, timestamp now,
                      const std::vector<std::string>& requests) {
  add([&](std::string& lines) {
    json_row render(schema.keys);
    const auto begin = "{\"at\":\"" + format_timestamp(now) + "\",\"operation\":\"";
    const auto failed = outcome.failed ? outcome.failed.message() : std::string();
    auto rejection = outcome.rejections.begin();
    auto answer = outcome.answers.begin();
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const auto delta = deltas[i];
      const auto became = i < outcome.fates.size() ? outcome.fates[i] : unrecorded;
      const bool refused = rejection != outcome.rejections.end() && rejection->index == i;
      append_member(lines, begin, to_string(delta.op));
      lines += ",\"key\":";
      render.append(lines, delta.key);
      append_member(lines, ",\"outcome\":\"", word(became));
      if (refused) {
        if (rejection->status != 0) append_status(lines, rejection->status);
        append_error(lines, rejection->reason);
        ++rejection;
      } else if (became != fate::delivered && !failed.empty()) {
        append_error(lines, failed);
      }
      if (i < requests.size() && !requests[i].empty())
        append_text(lines, {",\"request\":", requests[i], most_detail_bytes});
      if (answer != outcome.answers.end() && answer->index == i)
        append_text(lines, {",\"answer\":", (answer++)->text, most_detail_bytes});
      lines += "}\n";
    }
  });
}

void row_log::invalid(const std::vector<rejected_row>& rows) {
  add([&](std::string& lines) {
    for (const auto& row : rows) {
      lines += "{\"at\":\"" + format_timestamp(row.last_at);
      append_member(lines, "\",\"operation\":\"", row.operation);
      lines += ",\"key\":" + row.key;
      lines += ",\"outcome\":\"invalid\"";
      append_error(lines, row.reason);
      lines += "}\n";
    }
  });
}

std::optional<std::string> row_log::flush() {
  const std::lock_guard lock(mutex_);
  write_buffer();
  return std::exchange(warning_, std::nullopt);
}

void row_log::write_buffer() {
  if (ended_ || buffer_.empty()) return;
  if (!fd_) fd_ = create(file_);
  if (!fd_) return end(os::reason(errno));
  for (std::size_t done = 0; done < buffer_.size();) {
    const auto written = ::write(fd_.get(), buffer_.data() + done, buffer_.size() - done);
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (written == 0 || errno != EINTR) {
      const auto code = written == 0 ? EIO : errno;
      cut_torn_line(done);
      return end(os::reason(code));
    }
  }
  buffer_.clear();
}

void row_log::cut_torn_line(std::size_t written) const {
  const auto whole = std::string_view(buffer_).substr(0, written).rfind('\n') + 1;
  const auto size = ::lseek(fd_.get(), 0, SEEK_END);
  // If even this fails, the last line stays torn, as after a crash.
  if (written > whole && size >= 0)
    static_cast<void>(::ftruncate(fd_.get(), size - static_cast<off_t>(written - whole)) == 0);
}

void row_log::end(const std::string& why) {
  if (ended_.exchange(true)) return;
  buffer_ = {};
  warning_ = "the row log '" + file_.string() + "' is not complete: " + why +
             "; the rows themselves are not affected";
}

}  // namespace sluice::rowlog
