#include "runtime/destinations/odbc_destination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/destinations/table/batch_delivery.hpp"
#include "runtime/destinations/table/column_value.hpp"
#include "runtime/destinations/table/create_table.hpp"
#include "runtime/destinations/table/further_tries.hpp"
#include "runtime/destinations/table/prepared_batch.hpp"
#include "runtime/destinations/table/table_connection.hpp"
#include "runtime/destinations/table/table_errors.hpp"
#include "runtime/destinations/table/value_exchange.hpp"

namespace sluice::destinations {
namespace {

[[noreturn]] void raise_missing(const std::string& table) {
  throw failure(errc::destination_failed, "check destination table", table,
                "the table does not exist",
                "create it, correct destination.table, or set destination.create to true");
}

class odbc_destination final : public destination {
 public:
  explicit odbc_destination(config::odbc_config config) : config_(std::move(config)) {}

  void open(const delivery_context& context, std::stop_token stop) override {
    target_.emplace(config_, std::move(stop));
    connect(*target_, odbc::purpose::write);
    try {
      auto table = describe_table(target_->connection(), config_.table);
      if (!table && config_.create) {
        create_table(target_->connection(), config_.table, context);
        table = describe_table(target_->connection(), config_.table);
      }
      if (!table) raise_missing(config_.table);
      const auto product = target_->connection().kind();
      auto layout = lay_out(context, *table, product);
      converter_.emplace(product, layout.columns);
      layout_warnings_ = layout.warnings;
      target_->write_to(std::move(layout));
      max_row_bytes_ = target_->writer().max_row_bytes();
    } catch (const odbc::odbc_error& e) {
      throw table_failure(e, "check destination table", config_.table);
    }
    delivery_.emplace(*target_);
  }

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
    try {
      const auto table = describe_table(target.connection(), config_.table);
      if (table) {
        lay_out(context, *table, target.connection().kind());
      } else if (config_.create) {
        create_table_sql(target.connection(), config_.table, context);
      } else {
        raise_missing(config_.table);
      }
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
    return out;
  }

 private:
  batch_outcome deliver(const batch& deltas, key_order order) {
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), fate::undelivered);
    if (target_->stop().stop_requested()) return outcome;
    const auto rows =
        prepare(deltas, target_->layout(), *converter_, max_row_bytes_, outcome, order);
    delivery_->deliver(rows, outcome);
    sort_by_index(outcome.rejections);
    return outcome;
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
  std::size_t max_row_bytes_ = 0;
  std::optional<table_connection> target_;
  std::optional<column_converter> converter_;
  std::optional<batch_delivery> delivery_;
};

}  // namespace

std::unique_ptr<destination> make_odbc_destination(const config::odbc_config& config) {
  return std::make_unique<odbc_destination>(config);
}

}  // namespace sluice::destinations
