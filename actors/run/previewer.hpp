// Does one preview and ends. Detached, since it blocks in ODBC.
#pragma once

#include <memory>
#include <stop_token>

#include "actors/common/protocol.hpp"
#include "actors/run/preview.hpp"
#include "actors/run/run_services.hpp"
#include "actors/run/watched.hpp"

namespace sluice::actors {

/// The arguments of a previewer.
struct previewer_args {
  std::shared_ptr<const run_services> services;
  foreseen_run what;
  preview_options how;
  catalog_actor catalog;
  std::stop_token stop;          ///< interrupts it, also in a blocked call
  std::shared_ptr<void> permit;  ///< given back when the actor has ended
};

struct previewer_state {
  static inline const char* name = "previewer";

  /// The rejected rows that the catalog lists.
  struct rejected_list {
    std::vector<refused_delta> refused;
    std::vector<std::string> keys;
  };

  previewer_actor::pointer self = nullptr;
  previewer_args args;
  rejected_list listed;
  caf::typed_response_promise<preview_result> answer;

  caf::result<preview_result> run();

 private:
  void list_keys();
  void preview_now();
  void fail(const error& why);
};

previewer_actor::behavior_type previewer(previewer_actor::stateful_pointer<previewer_state> self,
                                         previewer_args args);

/// The running preview of a connection, for its supervisor. Used by the supervisor's thread only.
class running_preview {
 public:
  running_preview() = default;
  running_preview(const running_preview&) = delete;
  running_preview& operator=(const running_preview&) = delete;
  ~running_preview() { stop_.request_stop(); }

  /// Begins a preview, and answers the message that the supervisor is handling; `client` waits for
  /// it. Refused while another preview runs, and while the node has no permit left.
  caf::result<preview_result> begin(supervisor_actor::pointer self,
                                    const std::shared_ptr<const run_services>& services,
                                    const catalog_actor& catalog, foreseen_run what,
                                    const preview_options& how, watched client);
  /// Interrupts the preview if its client has ended. If the previewer has ended, because it crashed
  /// or got no thread, answers with an error.
  void down(const caf::down_msg& dm);
  /// Interrupts the preview and refuses every later one, with this reason.
  void close(const error& why);

 private:
  void forget();

  std::uint64_t number_ = 0;  ///< of the latest preview; earlier ones are no longer answered
  bool under_way_ = false;
  error closed_;
  watched client_;
  caf::actor_addr previewer_;
  caf::typed_response_promise<preview_result> answer_;
  std::stop_source stop_;
};

}  // namespace sluice::actors
