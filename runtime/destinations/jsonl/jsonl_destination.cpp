#include "runtime/destinations/jsonl/jsonl_destination.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "runtime/config/config.hpp"
#include "runtime/destinations/jsonl/jsonl_line.hpp"

namespace sluice::destinations {
namespace {

/// Lines are appended once so many bytes are rendered; the last line may exceed this.
constexpr std::size_t piece_bytes = 8u << 20;
/// Enough for every row that a source can give, except rows with many control characters.
constexpr std::size_t longest_line = 192u << 20;

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
    batch_outcome outcome;
    outcome.fates.assign(deltas.size(), fate::undelivered);
    lines_.clear();
    std::vector<std::size_t> gathered;
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      const auto before = lines_.size();
      if (line_->append_within(lines_, deltas[i], before + longest_line)) {
        lines_ += '\n';
        gathered.push_back(i);
      } else {
        lines_.resize(before);
        let_go();
        outcome.fates[i] = fate::rejected;
        outcome.rejections.push_back(
            {static_cast<std::uint32_t>(i), "the row makes a line of more than 192 MiB"});
      }
      if (lines_.size() >= piece_bytes && !append_gathered(gathered, outcome)) return outcome;
    }
    append_gathered(gathered, outcome);
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
  /// Appends the lines of these deltas. False if no more lines can be appended.
  bool append_gathered(std::vector<std::size_t>& gathered, batch_outcome& outcome) {
    if (gathered.empty()) return true;
    const auto fate = fate_of(file_->append(lines_, stop_));
    lines_.clear();
    let_go();
    for (const auto i : std::exchange(gathered, {})) outcome.fates[i] = fate;
    if (fate == fate::unknown && !stop_.stop_requested())
      outcome.failed = {
          errc::destination_failed, "append to destination file", path_.string(),
          "a write or fdatasync failed, so what reached the disk is not known",
          "check the disk; the rows are in doubt, and the next sync delivers them again"};
    return fate == fate::delivered;
  }

  /// Frees the memory of an unusually long line.
  void let_go() {
    if (lines_.capacity() > 2 * piece_bytes) lines_.shrink_to_fit();
  }

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
  std::string lines_;  ///< not appended yet; kept for its capacity
};

}  // namespace

std::unique_ptr<destination> make_jsonl_destination(const config::jsonl_config& config,
                                                    file_calls calls) {
  return std::make_unique<jsonl_destination>(config.path, std::move(calls));
}

}  // namespace sluice::destinations
