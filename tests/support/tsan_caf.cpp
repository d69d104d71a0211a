// Teaches ThreadSanitizer the happens-before edges of Debian's libcaf_core 0.17.6, which is not
// instrumented: without them every message looks like a race (some 200 false reports), and hiding
// the library would hide our handlers as well, which run below its frames.
//
// A shared library that stands in front of libcaf_core and takes over, by ELF symbol interposition,
// the functions between which a message passes from one thread to another. Each calls the real one.
// For the preset `tsan` only.
#include <dlfcn.h>

#include <caf/all.hpp>
#include <cstdlib>

extern "C" void __tsan_acquire(void* address);  // NOLINT(bugprone-reserved-identifier)
extern "C" void __tsan_release(void* address);  // NOLINT(bugprone-reserved-identifier)

namespace {

/// The function that this library stands in front of. A missing one means another version of CAF.
template <class Function>
Function behind(const char* mangled) {
  auto* const found = dlsym(RTLD_NEXT, mangled);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function>(found);
}

/// The actor orders everything that passes through its mailbox.
template <class Actor>
void* key_of(Actor* self) {
  return static_cast<caf::abstract_actor*>(self);
}

}  // namespace

namespace caf {

// -- the sender -----------------------------------------------------------------------------------

void scheduled_actor::enqueue(mailbox_element_ptr message, execution_unit* unit) {
  static const auto real = behind<void (*)(scheduled_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_"
      "6detail8disposerEEPNS_14execution_unitE");
  __tsan_release(key_of(this));
  real(this, std::move(message), unit);
}

void blocking_actor::enqueue(mailbox_element_ptr message, execution_unit* unit) {
  static const auto real = behind<void (*)(blocking_actor*, mailbox_element_ptr, execution_unit*)>(
      "_ZN3caf14blocking_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_"
      "6detail8disposerEEPNS_14execution_unitE");
  __tsan_release(key_of(this));
  real(this, std::move(message), unit);
}

void scheduled_actor::launch(execution_unit* unit, bool lazy, bool hide) {
  static const auto real = behind<void (*)(scheduled_actor*, execution_unit*, bool, bool)>(
      "_ZN3caf15scheduled_actor6launchEPNS_14execution_unitEbb");
  __tsan_release(key_of(this));
  real(this, unit, lazy, hide);
}

// -- the thread on which the actor runs -----------------------------------------------------------

resumable::resume_result scheduled_actor::resume(execution_unit* unit, size_t most) {
  static const auto real =
      behind<resumable::resume_result (*)(scheduled_actor*, execution_unit*, size_t)>(
          "_ZN3caf15scheduled_actor6resumeEPNS_14execution_unitEm");
  __tsan_acquire(key_of(this));
  return real(this, unit, most);
}

bool scheduled_actor::activate(execution_unit* unit) {
  static const auto real = behind<bool (*)(scheduled_actor*, execution_unit*)>(
      "_ZN3caf15scheduled_actor8activateEPNS_14execution_unitE");
  __tsan_acquire(key_of(this));
  const auto result = real(this, unit);
  __tsan_release(key_of(this));
  return result;
}

scheduled_actor::activation_result scheduled_actor::reactivate(mailbox_element& message) {
  static const auto real = behind<activation_result (*)(scheduled_actor*, mailbox_element&)>(
      "_ZN3caf15scheduled_actor10reactivateERNS_15mailbox_elementE");
  __tsan_acquire(key_of(this));
  const auto result = real(this, message);
  __tsan_release(key_of(this));
  return result;
}

bool scheduled_actor::cleanup(error&& why, execution_unit* unit) {
  static const auto real = behind<bool (*)(scheduled_actor*, error&&, execution_unit*)>(
      "_ZN3caf15scheduled_actor7cleanupEONS_5errorEPNS_14execution_unitE");
  __tsan_acquire(key_of(this));
  return real(this, std::move(why), unit);
}

void blocking_actor::await_data() {
  static const auto real =
      behind<void (*)(blocking_actor*)>("_ZN3caf14blocking_actor10await_dataEv");
  real(this);
  __tsan_acquire(key_of(this));
}

// -- reference counts: the library's own code, compiled with instrumentation ----------------------

void ref_counted::deref() const noexcept {
  if (rc_.load(std::memory_order_acquire) == 1) return request_deletion(false);
  if (rc_.fetch_sub(1, std::memory_order_acq_rel) == 1) request_deletion(true);
}

void intrusive_ptr_release_weak(actor_control_block* block) {
  if (block->weak_refs.load(std::memory_order_acquire) == 1 ||
      block->weak_refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
    block->block_dtor(block);
}

void intrusive_ptr_release(actor_control_block* block) {
  if (block->strong_refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block->data_dtor(block->get());
  intrusive_ptr_release_weak(block);
}

}  // namespace caf
