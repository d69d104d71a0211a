#include "runtime/destinations/renderer.hpp"

#include <fmt/format.h>

#include <memory>

#include "messages/utf8.hpp"
#include "runtime/config/config.hpp"
#include "runtime/destinations/http/shown_request.hpp"
#include "runtime/destinations/jsonl/jsonl_line.hpp"
#include "runtime/destinations/table/shown_row.hpp"

namespace sluice::destinations {
namespace {

struct renderer_maker {
  const delivery_context& run;

  renderer operator()(const config::jsonl_config&) const {
    return [line = std::make_shared<jsonl_line>(run)](const batch& deltas, std::size_t i) {
      rendering out;
      out.whole = line->append_within(out.text, deltas[i], longest_rendered);
      return out;
    };
  }
  renderer operator()(const config::odbc_config& odbc) const {
    return
        [row = std::make_shared<shown_row>(odbc.table, run)](const batch& deltas, std::size_t i) {
          rendering out;
          out.whole = row->append(out.text, deltas[i]);
          return out;
        };
  }
  renderer operator()(const config::http_config& http) const {
    return [requests = std::make_shared<shown_requests>(http, run)](
               const batch& deltas, std::size_t i) { return requests->render(deltas, i); };
  }
};

void shorten(rendering& what) {
  auto& text = what.text;
  if (text.size() <= longest_rendering && what.whole) return;
  const auto bytes = text.size();
  text.resize(whole_characters(text, longest_rendering).size());
  text += what.whole ? fmt::format("… (cut: {} bytes in all)", bytes)
                     : "… (cut: more than 1 MiB in all)";
}

}  // namespace

renderer make_renderer(const config::destination_config& config, const delivery_context& run) {
  return
      [render = std::visit(renderer_maker{run}, config.kind)](const batch& deltas, std::size_t i) {
        auto out = render(deltas, i);
        shorten(out);
        return out;
      };
}

}  // namespace sluice::destinations
