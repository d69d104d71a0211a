#include "runtime/cli/render_preview.hpp"

#include <doctest/doctest.h>

#include "messages/ascii.hpp"

using namespace sluice;
using cli::preview_text;

namespace {

preview_result some() {
  preview_result p;
  p.connection = "customers";
  p.type = run_type::incremental;
  p.mode = sync_mode::mirror;
  p.counters.read = 1000;
  p.counters.unchanged = 996;
  p.counters.invalid = 1;
  p.counters.inserts = 2;
  p.counters.updates = 1;
  p.counters.deletes = 1;
  p.samples = {{"insert", R"({"id":1})", "POST https://a.example\n\n{\"id\":1}", ""},
               {"read", R"({"id":9})", "", "column 'at': is no date"}};
  return p;
}

}  // namespace

TEST_CASE("a preview says what the run would be and what it would do") {
  const auto text = preview_text(some(), {});
  CHECK(text.starts_with("customers: a run now would be incremental, mode mirror\n"));
  CHECK(contains(text, "read       1,000\n"));
  CHECK(contains(text, "invalid        1   not sent\n"));
  CHECK(contains(text, "deletes        1\n"));
  CHECK_FALSE(contains(text, "rejected before"));
}

TEST_CASE("sample rows stand below the counts, indented, each with what would be sent") {
  const auto text = preview_text(some(), {});
  CHECK(
      contains(text, "\n  insert {\"id\":1}\n    POST https://a.example\n    \n    {\"id\":1}\n"));
  CHECK(contains(text, "\n  invalid {\"id\":9}\n    column 'at': is no date\n"));
}

TEST_CASE("why the run is full, warnings, retried rows and the delete guard are told") {
  auto p = some();
  p.type = run_type::full;
  p.reason = "the mapping changed";
  p.rejected_retried = 2;
  p.warnings = {"the ledger is gone"};
  p.guarded = {errc::guarded, "delete vanished rows", "customers", "90 of 100 are gone", "look"};
  p.counters.deletes = 0;
  const auto text = preview_text(p, {});
  CHECK(contains(text, "would be full, mode mirror: the mapping changed\n"));
  CHECK(contains(text, "of these       2   were rejected before\n"));
  CHECK(contains(text, "  warning: the ledger is gone\n"));
  CHECK(contains(text, "deletes        0   held back by the delete guard\n"));
  CHECK(contains(text, "90 of 100 are gone; look\n"));
}

TEST_CASE("what a terminal might obey never reaches it") {
  auto p = some();
  p.samples = {{"insert", "{\"id\":\"\x1b[2J\"}", "a\x1b[31m\nb\r", ""}};
  const auto text = preview_text(p, {});
  CHECK_FALSE(contains(text, "\x1b"));
  CHECK_FALSE(contains(text, "\r"));
}
