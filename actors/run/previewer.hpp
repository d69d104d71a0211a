// Does one preview and goes. Detached: it blocks in ODBC.
#pragma once

#include <memory>
#include <stop_token>

#include "actors/common/protocol.hpp"
#include "actors/run/preview.hpp"
#include "actors/run/run_services.hpp"
#include "actors/run/watched.hpp"

namespace sluice::actors {

/// What a previewer is spawned with.
struct previewer_args {
  std::shared_ptr<const run_services> services;
  foreseen_run what;
  preview_options how;
  catalog_actor catalog;
  std::stop_token stop;          ///< interrupts it, also where it blocks
  std::shared_ptr<void> permit;  ///< goes back when the actor is gone
};

struct previewer_state {
  static inline const char* name = "previewer";

  /// What the catalog lists as rejected.
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

/// The preview of a connection that is under way, as its supervisor sees it. Used by the
/// supervisor's thread only.
class running_preview {
 public:
  running_preview() = default;
  running_preview(const running_preview&) = delete;
  running_preview& operator=(const running_preview&) = delete;
  ~running_preview() { stop_.request_stop(); }

  /// Answers whoever sent the message that the supervisor is handling; `client` waits for it.
  /// Refused while another one is under way, and while the node has no permit left.
  caf::result<preview_result> begin(supervisor_actor::pointer self,
                                    const std::shared_ptr<const run_services>& services,
                                    const catalog_actor& catalog, foreseen_run what,
                                    const preview_options& how, watched client);
  /// Interrupts it if it was whoever waits for it that has gone; answers in its place if it was the
  /// previewer, which crashed or had no thread.
  void down(const caf::down_msg& dm);
  /// Interrupts it and refuses every later one, with this reason.
  void close(const error& why);

 private:
  void forget();

  std::uint64_t number_ = 0;  ///< of the latest one: an earlier one answers nobody any more
  bool under_way_ = false;
  error closed_;
  watched client_;
  caf::actor_addr previewer_;
  caf::typed_response_promise<preview_result> answer_;
  std::stop_source stop_;
};

}  // namespace sluice::actors
