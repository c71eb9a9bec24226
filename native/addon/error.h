// The one way from a C++ exception to an XlingError.
#pragma once

#include <napi.h>

#include <exception>
#include <string>

#include "core/error.h"

namespace xling::addon {

struct Fault {
  ErrorCode code;
  std::string message;
};

// The one catch: whatever was thrown, as a code and a message.
Fault fault_of(const std::exception_ptr& exception);

// An instance of the environment's XlingError class, or an Error with a code
// where none was set.
Napi::Value js_error(Napi::Env env, const Fault& fault);

// Runs the body of a function called from JavaScript; what it throws is
// thrown there. A JavaScript exception that is already on its way passes.
template <class Body>
Napi::Value guarded(Napi::Env env, const Body& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, js_error(env, fault_of(std::current_exception())));
  }
}

}  // namespace xling::addon
