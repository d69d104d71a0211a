// Ownership of OpenSSL's objects, and its errors as exceptions.
#pragma once

#include <openssl/err.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace sluice::test {

template <auto Free>
struct openssl_deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
/// Owns a `T` that OpenSSL made; `Free` is OpenSSL's function that takes it back.
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_deleter<Free>>;

/// `what`, and the errors that OpenSSL has queued for this thread, which are taken from the queue.
inline std::string openssl_error(std::string what) {
  while (const auto code = ::ERR_get_error()) {
    const char* reason = ::ERR_reason_error_string(code);
    what += std::string(": ") + (reason != nullptr ? reason : "unknown error");
    const char* library = ::ERR_lib_error_string(code);
    if (library != nullptr) what += std::string(" (") + library + ")";
  }
  return what;
}

/// Throws std::runtime_error with OpenSSL's text unless `success`. For calls that return 1.
inline void require_openssl(bool success, const std::string& what) {
  if (!success) throw std::runtime_error(openssl_error(what));
}

}  // namespace sluice::test
