#include "runtime/source/model_reader.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "messages/error.hpp"
#include "messages/expect.hpp"
#include "runtime/log/redactor.hpp"
#include "runtime/odbc/connection.hpp"
#include "runtime/odbc/dialect.hpp"
#include "runtime/source/chosen_key.hpp"
#include "runtime/source/consistency.hpp"
#include "runtime/source/cursor_sql.hpp"
#include "runtime/source/model_description.hpp"
#include "runtime/source/pass_factory.hpp"
#include "runtime/source/read_ahead.hpp"
#include "runtime/source/row_digests.hpp"
#include "runtime/source/source_failure.hpp"

namespace sluice::source {
namespace {

constexpr const char* too_large_value = "is too large: a value may have 64 MiB, a row 128 MiB";

/// The hint how to read a date that has no canonical form.
std::string reading_hint(odbc::product kind, const std::string& column) {
  if (kind == odbc::product::postgresql)
    return " (a query can give " + column + "::text, or NULLIF for what stands for no value)";
  if (kind == odbc::product::mariadb)
    return " (a query can give CAST(" + column +
           " AS CHAR), or NULLIF for what stands for no value)";
  return "";
}

/// The beginning of a value, for the reason of an invalid row: enough to recognise the value, too
/// little to leak a document.
std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 40;
  return log::secrets().masked(bytes, most) + (bytes.size() <= most ? "" : "...");
}

/// Refuses digests of databases that cannot make any.
void check_digests(const std::string& connection, const odbc::connection& on,
                   const config::source_config& source) {
  if (!source.by_digest || hash_sql_of(on.kind())) return;
  throw failure(
      errc::source_failed, "read model", connection,
      on.server() + " has no hash of its own, so it makes no digests of rows",
      "write \"change_detection\": \"snapshot\" in source: every row is read and compared; "
      "digests are for PostgreSQL and MariaDB");
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
      connection_.emplace(
          odbc::connect_options{.connection_string = text, .answer_timeout = source.answer_timeout},
          driver_stop());
      kind_ = connection_->kind();
      hash_sql_ = hash_sql_of(kind_);
      check_consistency(name_, *connection_, source);
      check_digests(name_, *connection_, source);
      model_ = describe_model(*connection_, source);
    });
    for (const auto& plan : model_.columns)
      columns_.push_back({plan.name, plan.kind, plan.declared});
  }

  [[nodiscard]] const std::vector<model_column>& columns() const override { return columns_; }

  [[nodiscard]] const std::string& cursor() const override { return model_.cursor_terms; }

  void begin(const std::vector<std::size_t>& wanted, const starting_point& from) override {
    wanted_ = wanted;
    values_.resize(wanted.size());
    scratch_.resize(wanted.size());
    rows_.reset();
    guarded([&] {
      const auto parts = wanted_rows(kind_, model_, from);
      model_.at_most = from.at_most;
      const bool goes_on = from.hashed && digests_.has_value() && parts.empty();
      if (!goes_on) begin_snapshot(parts);
      if (from.buckets) {
        expect(goes_on, "read buckets", "a pass that began with digests");
        model_.conditions.push_back(digests_->condition(*from.buckets));
      }
      if (model_.cursor && !from.only_keys) reach(from);
      hashed_ = from.hashed;
      auto pass = open_pass(*connection_, model_, fetched_columns(), parts);
      digests_.reset();
      decoder_ = std::move(pass.decoder);
      rows_ = std::make_unique<read_ahead>(std::move(pass.rows));
    });
  }

  std::string begin_digests(const std::vector<std::size_t>& wanted) override {
    std::string terms;
    guarded([&] {
      begin_snapshot({});
      terms = digests_.emplace(*connection_, model_, wanted).terms();
    });
    return terms;
  }

  std::vector<bucket_digest> digests(unsigned bits, const bucket_set& within) override {
    std::vector<bucket_digest> found;
    guarded([&] { found = digests_.value().ask(bits, within, fetched_); });
    return found;
  }

  [[nodiscard]] combination combined_by() const override {
    return hash_sql_ ? hash_sql_->combined_by() : combination::sum;
  }

  [[nodiscard]] const std::optional<row_hashes>& hashes() const override { return hashes_; }
  [[nodiscard]] fetched so_far() const override { return fetched_; }

  [[nodiscard]] std::string packed_key(std::string_view json) const override {
    return source::packed_key(kind_, model_, json);
  }

  [[nodiscard]] const std::optional<std::string>& reached() const override { return reached_; }

  read_result next() override {
    std::span<const raw_cell> cells;
    bool more = false;
    guarded([&] {
      more = rows_->next();
      if (!more) return;
      cells = rows_->cells();
      ++fetched_.rows;
      for (const auto& cell : cells) fetched_.bytes += cell.bytes.size();
      if (decoder_) cells = decoder_->decode(cells);
    });
    if (!more) {
      finish();
      return read_result::end;
    }
    if (hashed_) hashes_ = read_hashes(*hash_sql_, cells.last(2));
    invalid_.clear();
    const bool dynamic = kind_ == odbc::product::sqlite;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const auto& cell = cells[i];
      auto& value = values_[i];
      if (cell.kind == value_kind::null) {
        value = {};
        continue;
      }
      const auto& plan = model_.columns[wanted_[i]];
      const char* problem = cell.too_large ? too_large_value
                            : dynamic      ? to_canonical_dynamic(plan, cell, scratch_[i], value)
                                           : to_canonical(plan, cell.bytes, scratch_[i], value);
      if (problem != nullptr) [[unlikely]]
        reject(i, cell, problem);
    }
    if (model_.cursor && cells[cursor_cell_].kind == value_kind::null) [[unlikely]] {
      add_reason("column '" + model_.columns[*model_.cursor].name +
                     "': the cursor is NULL, so that changes of the row could not be seen",
                 invalid_.empty());
      return read_result::invalid_row;
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
  /// A pass without a stop token is waited for anyway. It needs no second connection to cancel on,
  /// which would be made ahead and might still be connecting when a short-lived process ends.
  [[nodiscard]] std::stop_token driver_stop() const {
    return stop_.stop_possible() ? interrupt_.get_token() : std::stop_token{};
  }

  /// Runs `work`; a driver's error becomes a failure.
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

  /// Begins the snapshot of a pass; an earlier pass is over.
  void begin_snapshot(const std::vector<std::string>& parts) {
    connection_->rollback();
    digests_.reset();
    model_.conditions.clear();
    begin_pass(*connection_, model_, parts);
  }

  /// The wanted columns, and the cursor behind them unless it is one of them; then the hashes.
  std::vector<std::size_t> fetched_columns() {
    auto columns = wanted_;
    if (model_.cursor) {
      const auto found = std::find(columns.begin(), columns.end(), *model_.cursor);
      cursor_cell_ = static_cast<std::size_t>(found - columns.begin());
      if (found == columns.end()) columns.push_back(*model_.cursor);
    }
    model_.columns.resize(columns_.size());
    if (!hashed_) return columns;
    expect(digests_.has_value(), "read hashes", "a pass that began with digests");
    for (auto& hash : digests_->columns()) {
      columns.push_back(model_.columns.size());
      model_.columns.push_back(std::move(hash));
    }
    return columns;
  }

  /// Asks for the cursor's highest value. A pass that reads a copy has not begun yet: rows
  /// committed in between lie past the value, or come late like other late rows, which the overlap
  /// is for.
  void reach(const starting_point& from) {
    reached_ = from.cursor;
    const auto rows = connection_->query(highest_value(kind_, model_, from).text());
    if (rows.empty() || !rows[0][0]) return;
    reached_ = rows[0][0];
    const auto& plan = model_.columns[*model_.cursor];
    scratch room;
    value_view value;
    const bool is_value =
        kind_ == odbc::product::sqlite || to_canonical(plan, *reached_, room, value) == nullptr;
    const bool is_finite =
        value.bytes.find_first_of("IN") == std::string_view::npos || value.kind != value_kind::real;
    if (!is_value || !is_finite)
      throw odbc::odbc_error(odbc::error_class::permanent, "the cursor's highest value " +
                                                               shown(*reached_) + " in column '" +
                                                               plan.name + "' is not usable");
  }

  void reject(std::size_t i, const raw_cell& cell, const char* problem) {
    values_[i] = {};
    const auto& plan = model_.columns[wanted_[i]];
    auto reason = "column '" + plan.name + "': the value ";
    const bool dated = plan.kind == value_kind::date || plan.kind == value_kind::timestamp ||
                       plan.kind == value_kind::timestamp_tz;
    if (dated && !cell.too_large) reason += "'" + shown(cell.bytes) + "' ";
    reason += problem;
    if (dated && !cell.too_large) reason += reading_hint(kind_, plan.name);
    add_reason(reason, invalid_.empty());
    invalid_.push_back(i);
  }

  void add_reason(const std::string& reason, bool first) {
    reason_ = first ? reason : reason_ + "; " + reason;
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
  std::size_t cursor_cell_ = 0;         ///< of a fetched row; with a cursor
  std::unique_ptr<hash_sql> hash_sql_;  ///< null for a database that has no digests
  std::optional<row_digests> digests_;  ///< between `begin_digests` and `begin`
  bool hashed_ = false;                 ///< rows come with their hashes, in their last two cells
  std::optional<row_hashes> hashes_;    ///< of the current row
  fetched fetched_;
  std::optional<std::string> reached_;
  std::unique_ptr<row_decoder> decoder_;
  std::unique_ptr<read_ahead> rows_;  ///< goes before its connection
  std::vector<value_view> values_;
  std::vector<scratch> scratch_;
  std::vector<std::size_t> invalid_;
  std::string reason_;
};

}  // namespace

std::string model_reader::begin_digests(const std::vector<std::size_t>& wanted) {
  static_cast<void>(wanted);
  throw failure(defect("read model", {}, "digests of a source that makes none"));
}

std::vector<bucket_digest> model_reader::digests(unsigned bits, const bucket_set& within) {
  static_cast<void>(bits);
  static_cast<void>(within);
  throw failure(defect("read model", {}, "digests of a source that makes none"));
}

const std::optional<row_hashes>& model_reader::hashes() const {
  static const std::optional<row_hashes> none;
  return none;
}

std::unique_ptr<model_reader> open_model(const std::string& connection,
                                         const config::source_config& source,
                                         std::stop_token stop) {
  return std::make_unique<odbc_model_reader>(connection, source, std::move(stop));
}

}  // namespace sluice::source
