#include "runtime/catalog/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "runtime/os/files.hpp"
#include "runtime/os/system_error.hpp"

namespace sluice::catalog {

namespace {

// SQLite's primary result codes: https://www.sqlite.org/rescode.html
constexpr int busy = 5;
constexpr int read_only = 8;
constexpr int io_error = 10;
constexpr int corrupt = 11;
constexpr int full = 13;
constexpr int cannot_open = 14;
constexpr int not_a_database = 26;

const char* hint_for(int native) {
  switch (native & 0xff) {
    case busy:
      return "another process holds the catalog's lock: only one node may use a state directory";
    case read_only:
    case cannot_open:
      return "the state directory and catalog.sqlite must be readable and writable for this user";
    case io_error:
    case full:
      return "check that the disk of the state directory has free space and works";
    case corrupt:
    case not_a_database:
      return "the file is damaged or is not a catalog: restore it from a backup, or move "
             "catalog.sqlite and its -wal and -shm files away to begin a new one; the ledgers are "
             "kept, but the history of runs and the list of rejected rows begin anew";
    default:
      return "";
  }
}

failure explained(const std::string& operation, const std::filesystem::path& file,
                  const odbc::odbc_error& e) {
  return {errc::catalog_failed, operation, file.string(), e.info().text(),
          hint_for(e.info().native)};
}

failure explained(const std::string& operation, const std::filesystem::path& file, int code) {
  return {errc::catalog_failed, operation, file.string(), os::reason(code),
          hint_for(code == ENOSPC ? full : cannot_open)};
}

odbc::connection connect(const std::filesystem::path& file) {
  // The driver takes the value as it is; it cannot be quoted.
  if (file.string().find(';') != std::string::npos)
    throw failure(errc::catalog_failed, "open catalog", file.string(),
                  "the path holds a semicolon, which an ODBC connection string cannot hold",
                  "choose another state_dir");
  odbc::connect_options options;
  options.connection_string = "Driver=SQLite3;NoCreat=1;JournalMode=WAL;Database=" + file.string();
  options.use = odbc::purpose::write;
  options.lock_timeout = std::chrono::seconds{2};  // no other program should use this file
  try {
    return odbc::connection(options);
  } catch (const odbc::odbc_error& e) {
    throw explained("open catalog", file, e);
  }
}

}  // namespace

// SQLite would create the file readable for all users, and a power cut could lose it, since its
// directory would not be synced.
void create_for_owner(const std::filesystem::path& file) {
  const os::unique_fd made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made && errno == EEXIST) return;
  const int code = made ? os::sync_folder(file.parent_path()) : errno;
  if (code != 0) throw explained("create catalog", file, code);
}

sql_value::sql_value(const hash128& x)
    : sql_value(std::string_view(fmt::format("{:016x}{:016x}", x.high, x.low))) {}

sql_value::sql_value(std::string_view text) : kind_(value_kind::text), bytes_(text) {
  std::replace(bytes_.begin(), bytes_.end(), '\0', ' ');
}

template <class Work>
auto database::guarded(const Work& work) {
  try {
    return work();
  } catch (const odbc::odbc_error& e) {
    statements_.clear();  // one of them may have an open result
    throw explained(operation_, file_, e);
  }
}

database::database(std::filesystem::path file) : file_(std::move(file)) {
  create_for_owner(file_);
  connection_ = connect(file_);
  opened_ = identity_at(file_);
}

database::identity database::identity_at(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return std::pair{std::uint64_t{info.st_dev}, std::uint64_t{info.st_ino}};
}

void database::require_present() {
  const auto log = std::filesystem::path(file_) += "-wal";
  if (!opened_log_) opened_log_ = identity_at(log);
  for (const auto& [path, opened] : {std::pair{file_, opened_}, std::pair{log, opened_log_}})
    if (identity_at(path) != opened)
      throw failure(errc::catalog_failed, operation_, path.string(),
                    "the file was removed or replaced while the node runs",
                    "put it back, or end the node and start it again");
}

std::int64_t database::execute(std::string_view sql, const sql_values& parameters) {
  return guarded([&] {
    // Statements without parameters are rare and need not be kept.
    return parameters.empty() ? connection_->execute(sql) : prepared(sql, parameters).execute();
  });
}

std::vector<sql_row> database::query(std::string_view sql, const sql_values& parameters) {
  return guarded([&] {
    auto& statement = prepared(sql, parameters);
    statement.execute();
    std::vector<sql_row> rows;
    while (statement.fetch()) {
      auto& row = rows.emplace_back();
      for (std::size_t i = 0; i < statement.columns().size(); ++i) {
        const auto cell = statement.cell(i);
        row.push_back(cell ? std::optional<std::string>(*cell) : std::nullopt);
      }
    }
    statement.close();
    return rows;
  });
}

void database::transaction(std::string operation, const std::function<void()>& work) {
  operation_ = std::move(operation);
  require_present();
  guarded([&] {
    connection_->begin();
    try {
      work();
      connection_->commit();
    } catch (...) {
      connection_->rollback();
      throw;
    }
  });
}

void database::read(std::string operation, const std::function<void()>& work) {
  operation_ = std::move(operation);
  work();
}

odbc::statement& database::prepared(std::string_view sql, const sql_values& parameters) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_.emplace(std::string(sql), connection_->prepare(sql)).first;
  for (std::size_t i = 0; i < parameters.size(); ++i) found->second.bind(i, parameters[i].view());
  return found->second;
}

}  // namespace sluice::catalog
