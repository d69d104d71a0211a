#include "runtime/odbc/canceller.hpp"

#include <atomic>
#include <mutex>
#include <string>

#include "runtime/odbc/session.hpp"

namespace sluice::odbc {
namespace {

class busy_statement_canceller final : public canceller {
 public:
  void fire(SQLHSTMT busy) noexcept override {
    if (busy != nullptr) SQLCancel(busy);
  }
};

class idle_statement_canceller final : public canceller {
 public:
  idle_statement_canceller(SQLHDBC connection, product kind)
      : idle_(connection, kind), kind_(kind) {}
  void fire(SQLHSTMT) noexcept override { SQLCancel(idle_.get()); }
  /// SQLite's SQLCancel sets a flag; MariaDB's connects to the server.
  [[nodiscard]] bool is_immediate() const noexcept override { return kind_ == product::sqlite; }
  void release() noexcept override { idle_ = stmt_handle(); }

 private:
  stmt_handle idle_;
  product kind_;
};

/// Cancels through a second connection with the same credentials.
class helper_canceller final : public canceller {
 public:
  helper_canceller(product kind, const connect_options& options, std::int64_t session_id,
                   std::unique_ptr<canceller> fallback)
      : kind_(kind), options_(options), session_id_(session_id), fallback_(std::move(fallback)) {
    options_.use = purpose::read;
    options_.answer_timeout = {};
    // A server that hangs must not keep the helper connection: the socket is cut by then.
    if (kind == product::mariadb) options_.connection_string += ";READ_TIMEOUT=5";
  }

  void prepare() override {
    if (helper()) return;
    try {
      auto made = std::make_shared<session>(options_, std::stop_token{}, severable::yes);
      const std::lock_guard lock(mutex_);
      helper_ = std::move(made);
    } catch (const odbc_error&) {
      // For example, the server has no connection left. Connecting is tried again when a cancel is
      // needed.
    }
  }

  void fire(SQLHSTMT busy) noexcept override {
    if (!ask()) fallback_->fire(busy);
  }

  void end_abandoned() noexcept override { (void)ask(); }

  void abandon() noexcept override {
    if (const auto now = helper()) now->sever();
  }

  void release() noexcept override { fallback_->release(); }

  void retarget(std::int64_t session_id) noexcept override { session_id_ = session_id; }

 private:
  /// False if the server was not reached.
  bool ask() noexcept {
    // A helper that has idled for long may be gone: once more with a new one.
    for (int attempt = 0; attempt < 2 && session_id_ != 0; ++attempt) {
      try {
        prepare();
        const auto now = helper();
        if (!now) return false;
        now->execute_once(command());
        return true;
      } catch (...) {
        const std::lock_guard lock(mutex_);
        helper_.reset();
      }
    }
    return false;
  }
  [[nodiscard]] std::shared_ptr<session> helper() {
    const std::lock_guard lock(mutex_);
    return helper_;
  }
  [[nodiscard]] std::string command() const {
    const auto id = std::to_string(session_id_.load());
    return kind_ == product::postgresql ? "SELECT pg_cancel_backend(" + id + ")"
                                        : "KILL QUERY " + id;
  }

  product kind_;
  connect_options options_;
  std::atomic<std::int64_t> session_id_;
  std::unique_ptr<canceller> fallback_;
  std::mutex mutex_;  ///< guards helper_
  std::shared_ptr<session> helper_;
};

}  // namespace

std::shared_ptr<canceller> make_canceller(product kind, const connect_options& options,
                                          std::int64_t session_id, SQLHDBC connection) {
  switch (kind) {
    case product::postgresql:
      return std::make_shared<helper_canceller>(kind, options, session_id,
                                                std::make_unique<busy_statement_canceller>());
    case product::mariadb:
      return std::make_shared<helper_canceller>(
          kind, options, session_id, std::make_unique<idle_statement_canceller>(connection, kind));
    case product::sqlite:
      return std::make_shared<idle_statement_canceller>(connection, kind);
    case product::generic:
      break;
  }
  return std::make_shared<busy_statement_canceller>();
}

}  // namespace sluice::odbc
