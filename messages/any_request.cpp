#include "messages/any_request.hpp"

#include <caf/all.hpp>
#include <utility>

namespace sluice {
namespace {

/// Takes whatever arrives. The behaviours that CAF makes itself name the types that they take.
class any_answer final : public caf::detail::behavior_impl {
 public:
  any_answer(caf::scheduled_actor& self, std::function<void(caf::message)> answered,
             std::function<void(caf::error)> failed)
      : self_(self), answered_(std::move(answered)), failed_(std::move(failed)) {}

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& done,
                                 caf::type_erased_tuple& content) override {
    if (content.match_elements<caf::error>()) {
      failed_(content.get_as<caf::error>(0));
    } else {
      answered_(self_.current_mailbox_element()->move_content_to_message());
    }
    done(caf::unit);  // else CAF believes that nobody understood the answer
    return caf::match_case::match;
  }

 private:
  caf::scheduled_actor& self_;
  std::function<void(caf::message)> answered_;
  std::function<void(caf::error)> failed_;
};

}  // namespace

void send_request(caf::scheduled_actor& self, const any_request& request,
                  std::function<void(caf::message)> answered,
                  std::function<void(caf::error)> failed) {
  const auto id = self.new_request_id(request.priority);
  request.to->enqueue(self.ctrl(), id, request.what, self.context());
  self.request_response_timeout(request.limit, id);
  caf::behavior any;
  any.assign(caf::detail::behavior_impl_ptr{
      caf::make_counted<any_answer>(self, std::move(answered), std::move(failed))});
  self.add_multiplexed_response_handler(id.response_id(), std::move(any));
}

}  // namespace sluice
