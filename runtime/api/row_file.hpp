// A list of rows as one file, for which one page after the other is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "runtime/api/asked.hpp"
#include "runtime/api/response.hpp"

namespace sluice::api {

/// `List` is what a command answers that lists a page: it has `next`, the cursor of the page behind
/// it.
template <class List>
struct row_file {
  /// Bytes of a file; what does not fit is asked for with a filter.
  static constexpr std::size_t largest = 64u << 20;

  std::string type;
  std::string name;
  std::function<command::any(const std::string& cursor)> ask;
  std::function<std::string(const List&)> render;
  std::string text = {};    ///< so far
  std::string cursor = {};  ///< of the page that is asked for next

  /// Has the whole file answered. `a` lasts no longer than this call.
  [[nodiscard]] question whole(const asked& a) const {
    auto out = question_of<List>(a, ask(cursor), [file = *this](const List& list) {
      auto answer = response_of(200, file.type, file.text + file.render(list));
      answer.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"" + file.name + "\"");
      return answer;
    });
    out.after_answer = [file = *this, request = a.request,
                        who = a.who](const command::any_answer& answer) -> std::optional<question> {
      const auto& list = std::get<List>(answer);
      // The log of a run that goes on has no last page.
      const bool over = list.next.empty() || list.next == file.cursor;
      if (over || file.text.size() > largest) return std::nullopt;
      auto more = file;
      more.text += file.render(list);
      more.cursor = list.next;
      return more.whole({request, who});
    };
    return out;
  }
};

/// What kind of file somebody wants by the header `Accept`; JSON unless it names one of the others.
enum class row_format : std::uint8_t { json, csv, json_lines };
row_format wanted_format(const web::request& r);

}  // namespace sluice::api
