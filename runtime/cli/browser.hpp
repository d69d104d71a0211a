// Opens addresses in the browser of whoever gives a command.
#pragma once

#include <string>

namespace sluice::cli {

/// Has the desktop open the address and does not wait for it. False where there is no desktop, or
/// nothing that opens addresses: the caller then prints it for people.
bool open_in_browser(const std::string& address);

}  // namespace sluice::cli
