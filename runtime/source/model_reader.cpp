#include "runtime/source/model_reader.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "messages/error.hpp"
#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/dialect.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/read_ahead.hpp"
#include "runtime/source/source_failure.hpp"

namespace sluice::source {
namespace {

/// For a reason: enough to recognise a value by, not enough to leak a document.
std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 40;
  return bytes.size() <= most ? std::string(bytes) : std::string(bytes.substr(0, most)) + "...";
}

class odbc_model_reader final : public model_reader {
 public:
  odbc_model_reader(std::string connection, const config::source_config& source,
                    std::stop_token stop)
      : name_(std::move(connection)),
        stop_(std::move(stop)),
        requested_(stop_, [this] { interrupt_.request_stop(); }) {
    guarded([&] {
      const auto text = source.odbc.resolve();
      kind_ = odbc::detect_driver(odbc::connection_string(text), odbc::system_profile);
      connection_.emplace(odbc::connect_options{.connection_string = text}, driver_stop());
      kind_ = connection_->kind();
      model_ = describe_model(*connection_, source);
    });
    for (const auto& plan : model_.columns) columns_.push_back({plan.name, plan.kind});
  }

  [[nodiscard]] const std::vector<model_column>& columns() const override { return columns_; }

  void begin(const std::vector<std::size_t>& wanted) override {
    wanted_ = wanted;
    values_.resize(wanted.size());
    scratch_.resize(wanted.size());
    rows_.reset();
    guarded([&] {
      connection_->rollback();  // of an earlier pass
      auto pass = open_pass(*connection_, model_, wanted_);
      decoder_ = std::move(pass.decoder);
      rows_ = std::make_unique<read_ahead>(std::move(pass.rows));
    });
  }

  read_result next() override {
    std::span<const raw_cell> cells;
    bool more = false;
    guarded([&] {
      more = rows_->next();
      if (!more) return;
      cells = rows_->cells();
      if (decoder_) cells = decoder_->decode(cells);
    });
    if (!more) {
      finish();
      return read_result::end;
    }
    invalid_.clear();
    const bool dynamic = kind_ == odbc::product::sqlite;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& cell = cells[i];
      auto& value = values_[i];
      if (cell.kind == value_kind::null) {
        value = {};
        continue;
      }
      const auto& plan = model_.columns[wanted_[i]];
      const char* problem = cell.too_large ? "is larger than 64 MiB"
                            : dynamic      ? to_canonical_dynamic(plan, cell, scratch_[i], value)
                                           : to_canonical(plan, cell.bytes, scratch_[i], value);
      if (problem != nullptr) [[unlikely]]
        reject(i, cell, problem);
    }
    return invalid_.empty() ? read_result::row : read_result::invalid_row;
  }

  [[nodiscard]] const std::vector<value_view>& values() const override { return values_; }
  [[nodiscard]] const std::string& invalid_reason() const override { return reason_; }
  [[nodiscard]] const std::vector<std::size_t>& invalid_cells() const override { return invalid_; }

  void halt() override {
    if (!rows_) return;
    interrupt_.request_stop();
    rows_.reset();
  }

  ~odbc_model_reader() override { odbc_model_reader::halt(); }

 private:
  /// Whoever cannot stop a pass waits for it anyway, and needs no second connection that would be
  /// made ahead, to cancel on, and might still be under way when a short-lived process ends.
  [[nodiscard]] std::stop_token driver_stop() const {
    return stop_.stop_possible() ? interrupt_.get_token() : std::stop_token{};
  }

  /// Runs `work`; what a driver says becomes a failure.
  template <class Work>
  void guarded(Work&& work) {
    try {
      work();
    } catch (const odbc::odbc_error& e) {
      throw source_failure(name_, kind_, e.info());
    }
  }

  void finish() {
    rows_.reset();
    connection_->rollback();
    if (stop_.stop_requested())
      throw failure(errc::cancelled, "read model", name_, "interrupted on request");
  }

  void reject(std::size_t i, const raw_cell& cell, const char* problem) {
    values_[i] = {};
    const auto& plan = model_.columns[wanted_[i]];
    reason_ = invalid_.empty() ? "" : reason_ + "; ";
    reason_ += "column '" + plan.name + "': the value ";
    const bool dated = plan.kind == value_kind::date || plan.kind == value_kind::timestamp ||
                       plan.kind == value_kind::timestamp_tz;
    if (dated && !cell.too_large) reason_ += "'" + shown(cell.bytes) + "' ";
    reason_ += problem;
    invalid_.push_back(i);
  }

  std::string name_;
  std::stop_token stop_;
  std::stop_source interrupt_;  ///< of the driver's calls: a stop, or the end of an unfinished pass
  std::stop_callback<std::function<void()>> requested_;
  odbc::product kind_ = odbc::product::generic;
  std::optional<odbc::connection> connection_;
  model_description model_;
  std::vector<model_column> columns_;
  std::vector<std::size_t> wanted_;
  std::unique_ptr<row_decoder> decoder_;
  std::unique_ptr<read_ahead> rows_;  ///< goes before its connection
  std::vector<value_view> values_;
  std::vector<scratch> scratch_;
  std::vector<std::size_t> invalid_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<model_reader> open_model(const std::string& connection,
                                         const config::source_config& source,
                                         std::stop_token stop) {
  return std::make_unique<odbc_model_reader>(connection, source, std::move(stop));
}

}  // namespace sluice::source
