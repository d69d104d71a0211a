// The load generator that other things are measured with and against.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sluice::bench {

/// Runs wrk with these arguments; its scripts are in `directory`. Returns requests per second;
/// fails the case unless every answer was one of success.
double requests_of_wrk(std::vector<std::string> arguments, const std::filesystem::path& directory);

}  // namespace sluice::bench
