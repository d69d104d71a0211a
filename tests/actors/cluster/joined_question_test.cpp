#include "actors/cluster/joined_question.hpp"

#include <doctest/doctest.h>

#include "tests/support/actor_fixture.hpp"

using namespace sluice;

namespace {

/// Asked for a number by `list`, it answers how often it has begun to find one out, when the test
/// says `next`; or fails, when it says `failed`.
using counter = caf::typed_actor<caf::replies_to<list_atom>::with<std::uint32_t>,
                                 caf::reacts_to<next_atom>, caf::reacts_to<failed_atom>>;

counter::behavior_type count(counter::pointer self, std::uint32_t* begun) {
  const auto question =
      std::make_shared<actors::joined_question<std::uint32_t>>([begun] { ++*begun; });
  return {
      [=](list_atom) -> caf::result<std::uint32_t> {
        auto answer = self->make_response_promise<std::uint32_t>();
        question->ask(answer);
        return answer;
      },
      [=](next_atom) { question->settle(*begun); },
      [=](failed_atom) {
        question->settle(to_caf({errc::internal, "count", "", "lost", ""}));
      },
  };
}

struct counting : test::actor_fixture {
  std::uint32_t begun = 0;
  counter actor = system.spawn(count, &begun);

  ~counting() { caf::anon_send_exit(actor, caf::exit_reason::kill); }

  auto ask_now() {
    auto pending = send_request(actor, list_atom_v);
    run();
    return pending;
  }
  template <class Atom>
  void tell(Atom what) {
    caf::anon_send(actor, what);
    run();
  }
};

}  // namespace

TEST_CASE_FIXTURE(counting, "who asks meanwhile waits for the next answer, all together") {
  auto first = ask_now();
  auto second = ask_now();
  auto third = ask_now();
  CHECK(begun == 1);
  tell(next_atom_v);
  CHECK(receive<std::uint32_t>(first).get() == 1);
  CHECK_FALSE(self->has_next_message());
  CHECK(begun == 2);
  tell(next_atom_v);
  CHECK(receive<std::uint32_t>(second).get() == 2);
  CHECK(receive<std::uint32_t>(third).get() == 2);
  CHECK(begun == 2);
  auto later = ask_now();
  tell(next_atom_v);
  CHECK(receive<std::uint32_t>(later).get() == 3);
}

TEST_CASE_FIXTURE(counting, "an error is for those for whom it was found out") {
  auto first = ask_now();
  auto second = ask_now();
  tell(failed_atom_v);
  CHECK(receive<std::uint32_t>(first).failed.cause == "lost");
  tell(next_atom_v);
  CHECK(receive<std::uint32_t>(second).get() == 2);
}
