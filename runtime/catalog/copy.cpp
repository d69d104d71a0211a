#include "runtime/catalog/copy.hpp"

#include <string>

#include "messages/error.hpp"
#include "runtime/catalog/database.hpp"
#include "runtime/catalog/schema.hpp"

namespace sluice::catalog {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

}  // namespace

void copy_catalog(const os::copied_file& file) {
  create_for_owner(file.to);  // SQLite fills an empty file, and keeps its permissions
  database db(file.from);
  // One read transaction: https://www.sqlite.org/lang_vacuum.html#vacuuminto
  db.read("copy catalog", [&] { db.execute("VACUUM INTO " + quoted(file.to.string())); });
}

void note_restored(const std::filesystem::path& file, timestamp then) {
  database db(file);
  migrate(db, migrations());
  db.transaction("note in catalog that it was restored",
                 [&] { db.execute("UPDATE connections SET ledger_copied_at = ?", {then}); });
  db.read("close catalog", [&] { db.query("PRAGMA journal_mode = DELETE"); });
}

}  // namespace sluice::catalog
