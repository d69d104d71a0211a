#include "runtime/config/destination_kind.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "messages/error.hpp"
#include "runtime/config/section.hpp"

namespace sluice::config {
namespace {

using any_kind = decltype(destination_config::kind);
using positions = std::make_index_sequence<std::variant_size_v<any_kind>>;

template <std::size_t... I>
constexpr auto names_of_kinds(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{
      std::variant_alternative_t<I, any_kind>::kind_name...};
}

/// `"jsonl", "odbc" or "http"`
template <std::size_t N>
std::string list_of(const std::array<std::string_view, N>& names) {
  const auto all_but_last = std::span(names).first(N - 1);
  return fmt::format(R"("{}" or "{}")", fmt::join(all_but_last, R"(", ")"), names.back());
}

template <std::size_t... I>
void read_as(std::size_t kind, section& destination, any_kind& out, std::index_sequence<I...>) {
  const auto read_if = [&]<std::size_t Position>() {
    if (kind == Position) read_kind(destination, out.emplace<Position>());
  };
  (read_if.template operator()<I>(), ...);
}

}  // namespace

destination_config read_destination(const json_value& value) {
  static constexpr auto names = names_of_kinds(positions{});
  destination_config out;
  section destination(value);
  const auto kind = destination.required("kind", "write " + list_of(names));
  if (const auto position = kind.as_one_of(names))
    read_as(*position, destination, out.kind, positions{});
  else
    destination.dismiss();
  return out;
}

destination_config parse_destination(const std::string& text, const std::filesystem::path& file) {
  std::vector<problem> problems;
  const auto document = ordered_json::parse(text, nullptr, false);
  destination_config out;
  if (document.is_discarded()) {
    problems.push_back({file, "/destination", "is no JSON", ""});
  } else {
    const reading context{file, problems};
    out = read_destination({document, context});
  }
  if (problems.empty()) return out;
  throw failure(errc::invalid_config, "read destination", file.string(), to_text(problems),
                "the node that delivers needs the files and variables that \"destination\" names");
}

void check_destination(const json_value& root, const connection_config& connection) {
  std::visit([&](const auto& kind) { check_kind(root, connection, kind); },
             connection.destination.kind);
}

std::optional<unmet_requirement> no_marking(const destination_config& destination) {
  return std::visit([](const auto& kind) { return no_marking(kind); }, destination.kind);
}

std::optional<sole_file> file_of(const destination_config& destination) {
  return std::visit([](const auto& kind) { return file_of(kind); }, destination.kind);
}

std::vector<late_secret> late_secrets(const destination_config& destination) {
  return std::visit([](const auto& kind) { return late_secrets(kind); }, destination.kind);
}

nlohmann::ordered_json identity_of(const destination_config& destination) {
  return std::visit([](const auto& kind) { return identity_of(kind); }, destination.kind);
}

std::uint32_t usual_batch_rows(const destination_config& destination) {
  return std::visit([](const auto& kind) { return usual_batch_rows(kind); }, destination.kind);
}

std::optional<double> rows_per_second(const destination_config& destination, operation op) {
  return std::visit([&](const auto& kind) { return rows_per_second(kind, op); }, destination.kind);
}

std::chrono::milliseconds request_timeout(const destination_config& destination) {
  return std::visit([](const auto& kind) { return request_timeout(kind); }, destination.kind);
}

bool remembers_answers(const destination_config& destination) {
  return std::visit([](const auto& kind) { return remembers_answers(kind); }, destination.kind);
}

}  // namespace sluice::config
