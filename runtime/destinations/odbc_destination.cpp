#include "runtime/destinations/odbc_destination.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/destinations/table/batch_delivery.hpp"
#include "runtime/destinations/table/column_value.hpp"
#include "runtime/destinations/table/create_table.hpp"
#include "runtime/destinations/table/further_tries.hpp"
#include "runtime/destinations/table/layout_hint.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/destinations/table/read_back.hpp"
#include "runtime/destinations/table/table_connection.hpp"
#include "runtime/destinations/table/table_errors.hpp"
#include "runtime/destinations/table/value_exchange.hpp"
#include "runtime/destinations/table/writability.hpp"

namespace sluice::destinations {
namespace {

[[noreturn]] void raise_missing(const std::string& table) {
  throw failure(errc::destination_failed, "check destination table", table,
                "the table does not exist",
                "create it, correct destination.table, or set destination.create to true");
}

/// Rows go to products on which delivery has been proven. Other drivers may report rows as written
/// that are not, or write other values; there, only rows that can be read back count as written.
void check_product(const odbc::connection& connection, const config::odbc_config& config,
                   sync_mode mode) {
  if (connection.kind() != odbc::product::generic) return;
  const auto refuse = [&](std::string cause, std::string hint) {
    throw failure(errc::destination_failed, "check destination table", config.table,
                  std::move(cause), std::move(hint));
  };
  if (!config.unverified)
    refuse("the database is " + connection.server() +
               ", on which delivery is not proven: its driver may report rows as written that are "
               "not there",
           "deliver to PostgreSQL, MariaDB or SQLite, or set destination.unverified to true: every "
           "batch is then read back, and rows that are not there as they were sent stay in doubt");
  if (mode == sync_mode::append)
    refuse("the database is " + connection.server() +
               ", where each row has to be read back, and the rows of mode append have no key to "
               "find them by",
           "use another mode");
  if (config.create)
    refuse("destination.create does not know the types of " + connection.server(),
           "create the table, and remove destination.create");
}

void raise_not_writable(const std::string& table, const std::vector<std::string>& problems) {
  if (!problems.empty())
    throw failure(errc::destination_failed, "check destination table", table,
                  fmt::format("{}", fmt::join(problems, "; ")),
                  "rows have to be written there before a run can deliver any");
}

/// As `lay_out`; if rows do not fit, asks the database what would help, for the hint.
table_layout laid_out(const delivery_context& run, const target_table& table,
                      odbc::connection& connection) {
  try {
    return lay_out(run, table, connection.kind());
  } catch (const failure& f) {
    auto hint = layout_hint(connection, table, run);
    if (hint.empty()) throw;
    auto what = f.info();
    what.hint = std::move(hint);
    throw failure(std::move(what));
  }
}

class odbc_destination final : public destination {
 public:
  explicit odbc_destination(config::odbc_config config) : config_(std::move(config)) {}

  void open(const delivery_context& context, std::stop_token stop) override {
    target_.emplace(config_, std::move(stop));
    connect(*target_, odbc::purpose::write);
    check_product(target_->connection(), config_, context.mode);
    try {
      auto table = describe_table(target_->connection(), config_.table);
      std::vector<std::string> warnings;
      if (!table && config_.create) {
        warnings = create_table(target_->connection(), config_.table, context);
        table = describe_table(target_->connection(), config_.table);
      }
      if (!table) raise_missing(config_.table);
      auto layout = laid_out(context, *table, target_->connection());
      converter_.emplace(target_->connection().kind(), layout.columns);
      layout_warnings_ = layout.warnings;
      layout_warnings_.insert(layout_warnings_.end(), warnings.begin(), warnings.end());
      target_->write_to(std::move(layout));
      max_row_bytes_ = target_->writer().max_row_bytes();
    } catch (const odbc::odbc_error& e) {
      throw table_failure(e, "check destination table", config_.table);
    }
    delivery_.emplace(*target_);
    if (target_->connection().kind() == odbc::product::generic)
      read_back_.emplace(config_, target_->stop(), target_->layout());
  }

  [[nodiscard]] identity_rule identity() const override { return target_->layout().identity; }

  batch_outcome deliver(const batch& deltas) override {
    return deliver(deltas, key_order::ascending);
  }

  batch_outcome deliver_again(const batch& deltas) override {
    return deliver_in_any_order(
        deltas, {[this](const batch& rows, bool descending) {
                   return deliver(rows, descending ? key_order::descending : key_order::ascending);
                 },
                 [this](const batch& rows) { return deliver_together(rows); }});
  }

  void probe(const delivery_context& context, std::stop_token stop) override {
    table_connection target(config_, std::move(stop));
    connect(target, odbc::purpose::read);  // creates no missing SQLite file
    check_product(target.connection(), config_, context.mode);
    try {
      const auto table = describe_table(target.connection(), config_.table);
      writability found;
      if (table) {
        const auto layout = laid_out(context, *table, target.connection());
        layout_warnings_ = layout.warnings;
        found = find_writability(target.connection(), *table, layout);
      } else if (config_.create) {
        create_table_sql(target.connection(), config_.table, context);
        found = find_creatability(target.connection(), config_.table);
      } else {
        raise_missing(config_.table);
      }
      raise_not_writable(config_.table, found.problems);
      layout_warnings_.insert(layout_warnings_.end(), found.warnings.begin(), found.warnings.end());
    } catch (const odbc::odbc_error& e) {
      throw table_failure(e, "check destination table", config_.table);
    }
  }

  std::vector<std::string> warnings() const override {
    auto out = layout_warnings_;
    if (const auto count = converter_ ? converter_->nonfinite() : 0; count > 0)
      out.push_back(fmt::format(
          "NaN and infinite values, which '{}' cannot hold, were written as NULL: {} times",
          config_.table, count));
    if (const auto count = read_back_ ? read_back_->missed() : 0; count > 0)
      out.push_back(
          fmt::format("read back, rows were not in '{}' as they were sent: {} times; they stay in "
                      "doubt and are "
                      "delivered again",
                      config_.table, count));
    return out;
  }

 private:
  batch_outcome deliver(const batch& deltas, key_order order) {
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), fate::undelivered);
    if (target_->stop().stop_requested()) return outcome;
    const auto rows =
        prepare(deltas, target_->layout(), *converter_, max_row_bytes_, outcome, order);
    deliver(rows, outcome);
    sort_by_index(outcome.rejections);
    return outcome;
  }

  void deliver(const prepared_batch& rows, batch_outcome& outcome) {
    if (!read_back_) return delivery_->deliver(rows, outcome);
    try {
      read_back_->look_before(rows);
    } catch (const odbc::odbc_error& e) {
      throw table_failure(e, "read from table", config_.table);  // nothing was delivered yet
    }
    delivery_->deliver(rows, outcome);
    read_back_->judge(rows, outcome);
  }

  batch_outcome deliver_together(const batch& deltas) {
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), fate::undelivered);
    if (target_->stop().stop_requested()) return outcome;
    auto rows = prepare(deltas, target_->layout(), *converter_, max_row_bytes_, outcome);
    exchange_values(*target_, rows, outcome);
    sort_by_index(outcome.rejections);
    return outcome;
  }

  static void sort_by_index(std::vector<rejection>& rejections) {
    std::sort(rejections.begin(), rejections.end(),
              [](const rejection& a, const rejection& b) { return a.index < b.index; });
  }

  void connect(table_connection& target, odbc::purpose use) const {
    try {
      target.connect(use);
    } catch (const odbc::odbc_error& e) {
      throw connect_failure(e, config_.table);
    }
  }

  const config::odbc_config config_;
  std::vector<std::string> layout_warnings_;
  byte_count max_row_bytes_;
  std::optional<table_connection> target_;
  std::optional<column_converter> converter_;
  std::optional<batch_delivery> delivery_;
  std::optional<read_back> read_back_;  ///< where delivery is not proven
};

}  // namespace

std::unique_ptr<destination> make_odbc_destination(const config::odbc_config& config) {
  return std::make_unique<odbc_destination>(config);
}

}  // namespace sluice::destinations
