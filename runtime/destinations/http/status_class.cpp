#include "runtime/destinations/http/status_class.hpp"

namespace sluice::destinations {
namespace {

bool is_client_error(int status) { return status >= 400 && status < 500; }

status_judgement rule(int status, const request_facts& about) {
  switch (status) {
    case 401:
    case 407:  // a proxy's
    case 419:
    case 440:
    case 498:
    case 499:
    case 511:
      return {status_class::credentials};
    case 402:
    case 403:
      return {status_class::credentials, true};
    case 408:
    case 420:
    case 423:
    case 425:
    case 429:
    case 430:
    case 449:
      return {status_class::retry};
    case 409:
      return {about.inserts ? status_class::exists : status_class::row};
    case 404:
    case 410:
      if (about.per_row && about.deletes) return {status_class::delivered};  // it is gone
      if (about.updates || (about.per_row && about.looks_up)) return {status_class::missing};
      [[fallthrough]];
    case 405:
    case 406:
    case 411:
    case 415:
    case 421:
    case 426:
    case 451:
      if (about.per_row) return {status_class::row};
      [[fallthrough]];
    case 501:
    case 505:
      return {status_class::road, true};
    default:
      break;
  }
  if (is_client_error(status)) return {status_class::row};
  return status >= 500 ? status_judgement{status_class::retry}
                       : status_judgement{status_class::road, true};
}

}  // namespace

status_judgement judge(int status, const config::http_statuses& configured,
                       const request_facts& about) {
  if (const auto said = configured.find(status)) return {.meaning = *said, .said = true};
  if (is_success(status)) return {status_class::delivered};
  if (about.retry_after) return {status_class::retry};
  return rule(status, about);
}

bool may_have_been_applied(int status) {
  // The other statuses say that the request was not processed, or was refused.
  return !is_client_error(status);
}

}  // namespace sluice::destinations
