#include "runtime/destinations/table/table_connection.hpp"

#include "messages/expect.hpp"
#include "runtime/destinations/table/table_writer_factory.hpp"

namespace sluice::destinations {

void table_connection::connect(odbc::purpose use) {
  connection_.emplace(odbc::connect_options{.connection_string = config_.odbc.resolve(),
                                            .use = use,
                                            .answer_timeout = config_.answer_timeout},
                      stop_);
}

void table_connection::write_to(table_layout layout) {
  expect(connection_.has_value(), "write to table", "a connection");
  layout_ = std::move(layout);
  writer_ = make_table_writer(*connection_, *layout_);
}

void table_connection::reconnect_if_lost() {
  if (writer_ && !connection_->lost()) return;
  expect(layout_.has_value(), "write to table", "a layout to write by");
  writer_.reset();
  connect(odbc::purpose::write);
  writer_ = make_table_writer(*connection_, *layout_);
}

}  // namespace sluice::destinations
