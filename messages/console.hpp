// How people sign in to the web console.
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// How a browser signs in to the console of a node.
struct console_code {
  std::string address;        ///< of the console: `http://127.0.0.1:9470/ui/`
  std::string code;           ///< valid once
  std::uint32_t seconds = 0;  ///< for which the code is valid
};

}  // namespace sluice
