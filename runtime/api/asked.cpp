#include "runtime/api/asked.hpp"

namespace sluice::api {

void run_may_be_unknown(const asked& a, question& q) {
  q.refuse = [path = a.request.path, otherwise = std::move(q.refuse)](const error& why) {
    if (why.code != errc::usage) return otherwise(why);
    return to_response(refusal{404, "unknown_run", why.message(),
                               "it may be of another connection, or too old to be known"},
                       path);
  };
}

void require_rows(const asked& a) {
  if (a.who.sees_rows) return;
  throw refused({403, "forbidden", "'" + a.who.name + "' may not see rows",
                 "ask for a token without \"rows\": false"});
}

}  // namespace sluice::api
