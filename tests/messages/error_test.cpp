#include "messages/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <future>
#include <new>
#include <system_error>

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

TEST_CASE("what a limit denied is no defect") {
  const auto of = [](auto thrown) {
    return error_from(std::make_exception_ptr(thrown), "open ledger", "customers");
  };
  for (const int denied : {EAGAIN, ENOMEM, EMFILE, ENFILE}) {
    const auto e = of(std::system_error(denied, std::generic_category()));
    CHECK(e.code == errc::exhausted);
    CHECK(e.hint.find("ulimit") != std::string::npos);
  }
  CHECK(of(std::bad_alloc()).code == errc::exhausted);
  CHECK(of(std::system_error(EINVAL, std::generic_category())).code == errc::internal);
  // The same number of another category means something else.
  CHECK(of(std::system_error(std::make_error_code(std::future_errc::broken_promise))).code ==
        errc::internal);
}
