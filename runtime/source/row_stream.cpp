#include "runtime/source/row_stream.hpp"

#include "runtime/source/mariadb_stream.hpp"
#include "runtime/source/packed_stream.hpp"
#include "runtime/source/statement_stream.hpp"

namespace sluice::source {

row_pass open_pass(odbc::connection& on, const model_description& model,
                   const std::vector<std::size_t>& columns) {
  switch (on.kind()) {
    case odbc::product::postgresql:
      return open_postgresql_pass(on, model, columns);
    case odbc::product::mariadb:
      return {open_mariadb_stream(on, model, columns), nullptr};
    case odbc::product::sqlite:
      return open_sqlite_pass(on, model, columns);
    case odbc::product::generic:
      break;
  }
  on.begin_snapshot();
  select_statement select{.relation = model.relation};
  for (const auto i : columns) select.expressions.push_back(model.columns[i].expression);
  return {std::make_unique<statement_stream>(on, select.text(), columns.size()), nullptr};
}

}  // namespace sluice::source
