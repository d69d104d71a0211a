// The worked example in runtime/ledger/FORMAT.md is what the code writes, byte for byte. When this
// fails, ledgers of users cannot be read any more, or the example has to be brought up to date.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "messages/row.hpp"
#include "runtime/ledger/bytes.hpp"
#include "runtime/ledger/durable_ledger.hpp"
#include "tests/runtime/ledger/faulty_disk.hpp"
#include "tests/runtime/ledger/file_bytes.hpp"
#include "tests/support/temp_dir.hpp"

using namespace sluice;
using namespace sluice::ledger;
using namespace sluice::ledger::test;

namespace {

/// As `hexdump -C`, with one `*` for lines of zeros.
std::string hexdump(std::string_view bytes) {
  std::string out;
  bool skipped = false;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const auto line = bytes.substr(at, 16);
    if (line.find_first_not_of('\0') == std::string_view::npos) {
      if (!std::exchange(skipped, true)) out += "*\n";
      continue;
    }
    skipped = false;
    std::string hex;
    std::string text;
    for (std::size_t i = 0; i < 16; ++i) {
      if (i == 8) hex += ' ';
      hex += i < line.size() ? fmt::format("{:02x} ", static_cast<unsigned char>(line[i])) : "   ";
      if (i < line.size()) text += line[i] >= ' ' && line[i] <= '~' ? line[i] : '.';
    }
    out += fmt::format("{:08x}  {} |{}|\n", at, hex, text);
  }
  return out + fmt::format("{:08x}\n", bytes.size());
}

void append_customer(batch& deltas, operation op, std::string_view id, const hash128& fingerprint) {
  std::string key;
  append_value(key, value_kind::integer, id);
  deltas.append(op, hash_text(key), fingerprint, key, {});
}

}  // namespace

TEST_CASE("the worked example of the format is what is written") {
  const auto document = whole_file(SLUICE_SOURCE_DIR "/runtime/ledger/FORMAT.md");
  const auto documented = [&](const std::filesystem::path& path) {
    const auto bytes = whole_file(path);
    const auto dump = path.filename() == "current" ? bytes : hexdump(bytes);
    CHECK_MESSAGE(document.find(dump) != std::string::npos, path.filename().string()
                                                                << " is not in FORMAT.md:\n"
                                                                << dump);
  };

  const sluice::test::temp_dir scratch;
  faulty_disk disk(scratch.path());  // gives every journal the number 5eed
  const auto directory = scratch.path() / "customers";
  const auto real = durable_ledger::open(disk, directory, "shop.customers by id to crm", {});
  real->begin_epoch(1);
  batch deltas;
  append_customer(deltas, operation::insert, "7", {0x1111, 0x2222});
  append_customer(deltas, operation::insert, "42", {0x3333, 0x4444});
  const std::vector<fate> fates = {fate::delivered, fate::unknown};
  real->record_outcome(real->record_intent(deltas), fates);

  documented(directory / "current");
  documented(directory / "journal.0");
  real->merge({}, true);
  documented(directory / "base.1");
  documented(directory / "journal.1");
}
