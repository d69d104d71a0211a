// The destination section: a kind and the settings of that kind.
#include "messages/error.hpp"
#include "runtime/config/sections.hpp"

namespace sluice::config {
namespace {

destination_config read_jsonl(const json_value& destination) {
  jsonl_config out;
  if (destination.is_object_of({"kind", "path"}))
    out.path = destination.required("path", "name the file that deltas are appended to")
                   .as_path()
                   .value_or("");
  return {out};
}

destination_config read_odbc(const json_value& destination) {
  odbc_config out;
  if (!destination.is_object_of(
          {"kind", "odbc", "table", "create", "unverified", "answer_timeout"}))
    return {out};
  out.odbc = destination.required("odbc", "give the ODBC connection string")
                 .as_secret()
                 .value_or(out.odbc);
  out.table = destination.required("table", "name the table to write").as_text().value_or("");
  out.create = destination.member("create").as_boolean().value_or(out.create);
  out.unverified = destination.member("unverified").as_boolean().value_or(out.unverified);
  out.answer_timeout = destination.member("answer_timeout")
                           .as_duration(limits::answer_timeout_min, limits::answer_timeout_max)
                           .value_or(out.answer_timeout);
  return {out};
}

}  // namespace

destination_config read_destination(const json_value& destination) {
  if (!destination.present()) return {};
  if (!destination.raw().is_object()) {
    static_cast<void>(destination.is_object_of({}));  // says so
    return {};
  }
  using reader = destination_config (*)(const json_value&);
  const auto kind =
      destination.required("kind", R"(write "jsonl", "odbc" or "http")")
          .as_word<reader>({{"jsonl", read_jsonl}, {"odbc", read_odbc}, {"http", read_http}});
  return kind ? (*kind)(destination) : destination_config{};
}

destination_config parse_destination(const std::string& text, const std::filesystem::path& file) {
  std::vector<problem> problems;
  const auto document = ordered_json::parse(text, nullptr, false);
  destination_config out;
  if (document.is_discarded())
    problems.push_back({file, "/destination", "is no JSON", ""});
  else
    out = read_destination({document, reading{file, problems}});
  if (problems.empty()) return out;
  throw failure(errc::invalid_config, "read destination", file.string(), to_text(problems),
                "the node that delivers needs the files and variables that \"destination\" names");
}

}  // namespace sluice::config
