// Values of every kind, common ones and those that some column would store as others.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "messages/row.hpp"

namespace sluice::test {

using values_by_kind = std::map<value_kind, std::vector<std::string>>;

/// In the canonical texts of their kinds. There for the whole program.
const values_by_kind& value_pool();

}  // namespace sluice::test
