// An identity by which no two actor systems are mistaken for each other.
#pragma once

#include <string>

namespace sluice::net {

/// 128 random bits as text, fresh at every call.
///
/// CAF 0.17.6 makes the id of a new actor system of the machine's addresses, its disk and the
/// process id, so that two containers (both process 1) may have one id, and messages for one reach
/// the other. CAF asks `caf::detail::get_root_uuid()` for the disk; this part of Sluice defines
/// that function anew, and the dynamic linker prefers the program's definition to the library's.
std::string fresh_identity();

}  // namespace sluice::net
