#include "runtime/cli/follow.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "messages/json.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/render_progress.hpp"

namespace sluice::cli {
namespace {

using namespace std::chrono_literals;

/// How long one question to the node may take. The node answers earlier when the run has ended; a
/// node that does not answer at all is noticed later than --timeout by this time.
constexpr auto redraw_interval = 200ms;
constexpr auto line_interval = 1s;

std::string interrupt_text(const run_record& run) {
  const auto name = printable(run.connection);
  if (run.state == run_state::postponed)
    return "no longer waiting: run " + printable(run.run) + " had not started; `sluice status " +
           name + "` tells what becomes of it";
  return "no longer watching: run " + printable(run.run) + " goes on; `sluice status " + name +
         "` shows it, `sluice stop " + name + "` stops it";
}

/// Shows records one after the other, in the form for a terminal, a pipe, or JSON.
class progress_view {
 public:
  progress_view(progress how, output& out) : out_(out) {
    if (how == progress::none)
      kind_ = kind::nothing;
    else if (out.json())
      kind_ = kind::documents;
    else if (out.can_redraw())
      kind_ = kind::live;
    else
      kind_ = kind::lines;
  }
  progress_view(const progress_view&) = delete;
  progress_view& operator=(const progress_view&) = delete;
  /// Leaves no half-drawn line behind, not even after an error.
  ~progress_view() {
    if (!drawn_) return;
    try {
      out_.redraw("");
    } catch (const failure&) {  // standard output is gone; the failed print has reported it
    }
  }

  [[nodiscard]] std::chrono::milliseconds interval() const {
    return kind_ == kind::live ? redraw_interval : milliseconds{line_interval};
  }

  void show(const run_record& run) {
    if (kind_ == kind::nothing) return;
    if (kind_ == kind::live) {
      drawn_ = true;
      // One column less: a full last column makes some terminals wrap.
      out_.redraw(live_line(run, now(), out_.width() - 1));
      return;
    }
    if (shown_ && !shows_change(*shown_, run)) return;
    if (kind_ == kind::documents)
      out_.document(to_json(run));
    else
      out_.result(progress_line(run, now()) + "\n");
    shown_ = run;
  }

 private:
  enum class kind : std::uint8_t { nothing, live, lines, documents };
  using milliseconds = std::chrono::milliseconds;

  output& out_;
  kind kind_ = kind::nothing;
  bool drawn_ = false;
  std::optional<run_record> shown_;
};

}  // namespace

run_record follow(net::node_client& node, run_record run, progress how, output& out) {
  const interrupt_note note{interrupt_text(run)};
  progress_view view{how, out};
  view.show(run);
  while (!has_ended(run.state)) {
    const auto before = run.state;
    run = node.call(command::await{
        run.connection, run.run, std::chrono::duration_cast<command::poll_time>(view.interval())});
    if (run.state != before) interrupt_note::say(interrupt_text(run));
    view.show(run);
  }
  return run;
}

}  // namespace sluice::cli
