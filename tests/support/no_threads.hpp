// Moments in which no thread can be started.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <stdexcept>

namespace sluice::test {

/// As long as it lives, pthread_create without a chosen stack size fails with EAGAIN in this
/// process: the default stack has become larger than the address space.
class no_threads {
 public:
  no_threads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t beyond;
    pthread_attr_init(&beyond);
    pthread_attr_setstacksize(&beyond, std::size_t{1} << 47);
    const bool set = pthread_setattr_default_np(&beyond) == 0;
    pthread_attr_destroy(&beyond);
    if (!set) throw std::runtime_error("the default stack cannot be changed");
  }
  ~no_threads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  no_threads(const no_threads&) = delete;
  no_threads& operator=(const no_threads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace sluice::test
