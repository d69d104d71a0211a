#include "runtime/destinations/http/status_class.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace sluice;
using namespace sluice::destinations;
using config::http_statuses;

namespace {

constexpr request_facts of_batch{};
constexpr request_facts of_row{.per_row = true};
constexpr request_facts of_delete{.per_row = true, .deletes = true};

status_judgement asked_to_wait(int status) { return judge(status, {}, {.retry_after = true}); }

}  // namespace

TEST_CASE("every status has a meaning for a batch and for a single row") {
  struct meaning {
    status_judgement batch;
    status_judgement row;
  };
  const auto both = [](status_class c, bool unless_others_pass = false) {
    return meaning{{c, unless_others_pass}, {c, unless_others_pass}};
  };
  const auto delivered = both(status_class::delivered);
  const auto retry = both(status_class::retry);
  const auto credentials = both(status_class::credentials);
  const auto permission = both(status_class::credentials, true);
  const auto road = both(status_class::road, true);
  const auto row = both(status_class::row);
  const meaning address{{status_class::road, true}, {status_class::row}};
  const std::map<int, meaning> meanings{
      {100, road},        {199, road},        {200, delivered},   {201, delivered},
      {202, delivered},   {204, delivered},   {207, delivered},   {299, delivered},
      {301, road},        {302, road},        {304, road},        {307, road},
      {308, road},        {400, row},         {401, credentials}, {402, permission},
      {403, permission},  {404, address},     {405, address},     {406, address},
      {407, credentials}, {408, retry},       {409, row},         {410, address},
      {411, address},     {412, row},         {413, row},         {414, row},
      {415, address},     {418, row},         {419, credentials}, {420, retry},
      {421, address},     {422, row},         {423, retry},       {424, row},
      {425, retry},       {426, address},     {428, row},         {429, retry},
      {430, retry},       {431, row},         {440, credentials}, {449, retry},
      {451, address},     {498, credentials}, {499, credentials}, {500, retry},
      {501, road},        {502, retry},       {503, retry},       {504, retry},
      {505, road},        {507, retry},       {511, credentials}, {520, retry},
      {524, retry},       {529, retry},       {530, retry},       {598, retry},
      {599, retry},       {999, retry}};
  for (const auto& each : meanings) {
    INFO(each.first);
    CHECK(judge(each.first, {}, of_batch) == each.second.batch);
    CHECK(judge(each.first, {}, of_row) == each.second.row);
  }
}

TEST_CASE("a failure with Retry-After is tried again, whatever its status") {
  for (const int status : {301, 400, 402, 403, 404, 413, 422, 430, 451, 501, 503, 529})
    CHECK(asked_to_wait(status) == status_judgement{status_class::retry});
  CHECK(asked_to_wait(202) == status_judgement{status_class::delivered});
}

TEST_CASE("what is not there any more counts as deleted") {
  for (const int status : {404, 410}) {
    CHECK(judge(status, {}, of_delete) == status_judgement{status_class::delivered});
    CHECK(judge(status, {}, {.deletes = true}) == status_judgement{status_class::road, true});
  }
  CHECK(judge(405, {}, of_delete) == status_judgement{status_class::row});
}

TEST_CASE("what the configuration says of a status goes before the rule, the narrowest first") {
  http_statuses said;
  CHECK(said.add("4xx", status_class::row));
  CHECK(said.add("409", status_class::delivered));
  CHECK(said.add("40x", status_class::retry));
  CHECK(said.add("202", status_class::retry));
  CHECK(said.add("403", status_class::credentials));
  CHECK(judge(409, said, of_row) == status_judgement{status_class::delivered, false, true});
  CHECK(judge(404, said, of_batch) == status_judgement{status_class::retry, false, true});
  CHECK(judge(429, said, of_batch) == status_judgement{status_class::row, false, true});
  CHECK(judge(202, said, of_batch) == status_judgement{status_class::retry, false, true});
  CHECK(judge(403, said, of_row) == status_judgement{status_class::credentials, false, true});
  CHECK(judge(410, said, of_delete) == status_judgement{status_class::row, false, true});
  CHECK(judge(429, said, {.retry_after = true}) ==
        status_judgement{status_class::row, false, true});
  CHECK(judge(503, said, of_batch) == status_judgement{status_class::retry});
}

TEST_CASE("a conflict of an insert and a gap of an update tell what the row is to the API") {
  CHECK(judge(409, {}, {.inserts = true}).meaning == status_class::exists);
  CHECK(judge(409, {}, {.updates = true}).meaning == status_class::row);
  for (const bool per_row : {false, true})
    for (const int status : {404, 410}) {
      CHECK(judge(status, {}, {.per_row = per_row, .updates = true}) ==
            status_judgement{status_class::missing});
      CHECK(judge(status, {}, {.per_row = per_row, .inserts = true}).meaning ==
            (per_row ? status_class::row : status_class::road));
    }
  http_statuses said;
  CHECK(said.add("409", status_class::row));
  CHECK(judge(409, said, {.inserts = true}).meaning == status_class::row);
}

TEST_CASE("what a look-up asks for is missing where there is nothing at its address") {
  for (const int status : {404, 410}) {
    CHECK(judge(status, {}, {.per_row = true, .looks_up = true}) ==
          status_judgement{status_class::missing});
    CHECK(judge(status, {}, {.looks_up = true}) == status_judgement{status_class::road, true});
  }
  CHECK(judge(405, {}, {.per_row = true, .looks_up = true}) == status_judgement{status_class::row});
}

TEST_CASE("of two ranges of one size the first that was added counts") {
  http_statuses said;
  CHECK(said.add("430", status_class::row));
  CHECK(said.add("430", status_class::retry));
  CHECK(said.find(430) == status_class::row);
}

TEST_CASE("only statuses and ranges of them are keys") {
  for (const auto* key : {"", "4", "42", "4290", "x29", "4x9", "1xx", "199", "099", "xxx", "42y",
                          "-42", " 42", "4 2", "42x ", "four"}) {
    http_statuses said;
    CHECK_FALSE(said.add(key, status_class::retry));
    CHECK(said.empty());
  }
  for (const auto* key : {"200", "999", "2xx", "9XX", "52x", "52X"}) {
    http_statuses said;
    CHECK(said.add(key, status_class::retry));
  }
}

TEST_CASE("only an answer that refuses says that the request was not carried out") {
  for (const int status : {403, 408, 420, 425, 429, 430})
    CHECK_FALSE(destinations::may_have_been_applied(status));
  for (const int status : {202, 500, 502, 503, 504, 524, 529})
    CHECK(destinations::may_have_been_applied(status));
}
