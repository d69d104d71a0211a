#include "runtime/source/pass_factory.hpp"

#include "runtime/source/mariadb_stream.hpp"
#include "runtime/source/packed_stream.hpp"
#include "runtime/source/statement_stream.hpp"

namespace sluice::source {

void begin_pass(odbc::connection& on, const model_description& model,
                const std::vector<std::string>& parts) {
  if (on.kind() == odbc::product::mariadb && reads_copy(model, parts)) return;
  on.begin_snapshot();
}

row_pass open_pass(odbc::connection& on, const model_description& model,
                   const std::vector<std::size_t>& columns, const std::vector<std::string>& parts) {
  switch (on.kind()) {
    case odbc::product::postgresql:
      return open_postgresql_pass(on, model, columns, parts);
    case odbc::product::mariadb:
      return {open_mariadb_stream(on, model, columns, parts), nullptr};
    case odbc::product::sqlite:
      return open_sqlite_pass(on, model, columns, parts);
    case odbc::product::generic:
      break;
  }
  select_statement select{.relation = model.relation};
  for (const auto i : columns) select.expressions.push_back(model.columns[i].expression);
  return {open_statements(on, select, parts), nullptr};
}

}  // namespace sluice::source
