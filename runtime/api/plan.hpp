// What a request to the API asks for: an answer that is known at once, a question to the cluster
// and how its answer is put, or a stream of events.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "runtime/web/exchange.hpp"

namespace sluice::api {

/// Who asks, and what they may do.
struct caller {
  std::string name = {};     ///< of the token, or of whoever asked for the one-time code
  bool operates = false;     ///< may change things; else an observer
  bool sees_rows = true;     ///< keys, reasons, previews and row logs
  std::string session = {};  ///< the id of whose cookie came along; empty for a bearer token
};

/// Something to ask the front, and what its answer becomes. The functions are pure.
struct question {
  command::any ask;
  std::function<web::response(const command::any_answer&)> render;
  std::function<web::response(const error&)> refuse;
  /// Where one of these is there and returns another question, that one is asked instead of the
  /// answer, or the error, being told to the client.
  std::function<std::optional<question>(const command::any_answer&)> after_answer = {};
  std::function<std::optional<question>(const error&)> after_error = {};
  /// A start whose lost answer is kept for whoever asks the same again: who, what, and the body as
  /// one text; empty where nothing is kept.
  std::string claim = {};
  /// Given up when the client hangs up.
  bool dies_with_client = false;
  /// One line for the log, without who: "start orders"; empty if it changes nothing.
  std::string change = {};
};

/// A stream of events.
struct watch {
  connection_name connection;  ///< only this one; empty: all
  bool missed = false;     ///< the client saw events before, and begins with `resync`
};

using plan = std::variant<web::response, question, watch>;

}  // namespace sluice::api
