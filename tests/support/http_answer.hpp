// A scripted answer on its way to the client.
#pragma once

#include <chrono>
#include <functional>

#include "tests/support/http_message.hpp"
#include "tests/support/http_stream.hpp"

namespace sluice::test {

/// Sends `reply`; delays, holds and everything after the answer are the caller's. `pause` waits for
/// a time, and returns false if the server is about to stop. Returns whether the connection can
/// take another request; if not, the stream has ended.
bool send_answer(http_stream& to, const http_request& request, const http_reply& reply,
                 const std::function<bool(std::chrono::milliseconds)>& pause);

}  // namespace sluice::test
