#include "runtime/destinations/jsonl_destination.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "runtime/config/config.hpp"
#include "runtime/destinations/jsonl_line.hpp"

namespace sluice::destinations {
namespace {

class jsonl_destination final : public destination {
 public:
  jsonl_destination(std::filesystem::path path, file_calls calls)
      : path_(std::move(path)), calls_(std::move(calls)) {}

  void open(const delivery_context& context, std::stop_token stop) override {
    line_.emplace(context);
    identity_ = canonical_identity(context.schema);
    file_ = append_file::open(path_, jsonl_line::begin, stop, calls_);
    stop_ = std::move(stop);
  }

  [[nodiscard]] identity_rule identity() const override { return identity_; }

  batch_outcome deliver(const batch& deltas) override {
    lines_.clear();
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      line_->append(lines_, deltas[i]);
      lines_ += '\n';
    }
    batch_outcome outcome;
    const auto fate = fate_of(file_->append(lines_, stop_));
    outcome.fates.assign(deltas.size(), fate);
    if (fate == fate::unknown && !stop_.stop_requested())
      outcome.failed = {
          errc::destination_failed, "append to destination file", path_.string(),
          "a write or fdatasync failed, so what reached the disk is not known",
          "check the disk; the rows are in doubt, and the next sync delivers them again"};
    return outcome;
  }

  void probe(const delivery_context& context, std::stop_token) override {
    const json_row checked_rows(context.schema.fields);
    append_file::probe(path_);
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> out;
    if (const auto count = line_ ? line_->nonfinite() : 0; count > 0)
      out.push_back(fmt::format(
          "NaN and infinite values, which JSON cannot hold, were written as null: {} times",
          count));
    if (const auto bytes = file_ ? file_->take_torn_bytes() : 0; bytes > 0)
      out.push_back(fmt::format("'{}' ended in a line that a crash had torn: {} bytes were cut",
                                path_.string(), bytes));
    return out;
  }

 private:
  static fate fate_of(append_result result) {
    switch (result) {
      case append_result::durable:
        return fate::delivered;
      case append_result::withdrawn:
        return fate::undelivered;
      case append_result::doubtful:
        return fate::unknown;
    }
    return fate::unknown;
  }

  const std::filesystem::path path_;
  const file_calls calls_;
  std::optional<jsonl_line> line_;
  identity_rule identity_;
  std::shared_ptr<append_file> file_;
  std::stop_token stop_;
  std::string lines_;  ///< of the current batch; kept for its capacity
};

}  // namespace

std::unique_ptr<destination> make_jsonl_destination(const config::jsonl_config& config,
                                                    file_calls calls) {
  return std::make_unique<jsonl_destination>(config.path, std::move(calls));
}

}  // namespace sluice::destinations
