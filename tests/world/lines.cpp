// The real file of JSON lines, read as whoever consumes it would: the last line of a key counts.
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/config/config.hpp"
#include "runtime/destinations/jsonl/jsonl_destination.hpp"
#include "tests/world/target.hpp"

namespace sluice::test {
namespace {

class lines final : public target {
 public:
  lines(const connection_plan& plan, const std::filesystem::path& folder)
      : how_(plan.how), file_(folder / "lines.jsonl") {}

  destinations::destination_factory ways() override {
    return [this] { return destinations::make_jsonl_destination({file_}); };
  }
  [[nodiscard]] std::map<std::string, std::string> rows() const override {
    std::map<std::string, std::string> found;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      const auto told = nlohmann::json::parse(line);
      const auto row = row_named(how_, told.at("key").at("id").dump());
      if (told.at("op") == "delete")
        found.erase(row);
      else
        found[row] = told.at("row").at("value");
    }
    return found;
  }

 private:
  telling_apart how_;
  std::filesystem::path file_;
};

}  // namespace

std::unique_ptr<target> make_lines(const connection_plan& plan,
                                   const std::filesystem::path& folder) {
  return std::make_unique<lines>(plan, folder);
}

}  // namespace sluice::test
