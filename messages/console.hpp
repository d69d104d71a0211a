// How people get into the web console.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// How a browser signs in with the console of a node.
struct console_code {
  std::string address;        ///< of the console: `http://127.0.0.1:9470/ui/`
  std::string code;           ///< good once
  std::uint32_t seconds = 0;  ///< for so long
};

}  // namespace sluice
