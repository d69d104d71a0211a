// Which operation a request asks for.
#pragma once

#include <string>
#include <string_view>

#include "runtime/api/asked.hpp"

namespace sluice::api {

/// An operation, by method and path. Parts of the path that begin with a colon stand for anything.
struct route {
  std::string_view method;
  std::string_view path;  ///< `/api/v1/connections/:connection/runs/:run`
  plan (*perform)(const asked& a);
  bool changes = false;  ///< refused to observers
};

/// What the operation plans. Throws `refused`: 404 for unknown paths and for names that nothing can
/// have, 405 with `Allow`, 403 for observers.
plan plan_of(const web::request& r, const caller& who);

/// The methods that a path takes, as the header `Allow` lists them; empty if it is unknown.
std::string methods_of(std::string_view path);

}  // namespace sluice::api
