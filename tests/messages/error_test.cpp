#include "messages/error.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("an error reads as operation, object, cause and hint") {
  const error e{errc::source_failed, "read model", "customers",
                "relation \"custmers\" does not exist (SQLSTATE 42P01)", "check source.table"};
  CHECK(e.message() ==
        "read model 'customers': relation \"custmers\" does not exist (SQLSTATE 42P01)");
  CHECK(e.text() == e.message() + "; check source.table");
  CHECK(std::string(failure(e).what()) == e.text());
}

TEST_CASE("an error without object or hint has no empty quotes and no dangling semicolon") {
  const error e{errc::timed_out, "await answer", "", "nothing came within 2 s", ""};
  CHECK(e.text() == "await answer: nothing came within 2 s");
}

TEST_CASE("a default error is no error") { CHECK_FALSE(error{}); }
