#include "addon/error.h"

#include <new>

#include "addon/environment.h"

namespace xling::addon {

Fault fault_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {ErrorCode::out_of_memory, "out of host memory; use smaller inputs"};
  } catch (const std::exception& error) {
    return {ErrorCode::internal, std::string(error.what()) + "; this is a bug in xling, please report it"};
  } catch (...) {
    return {ErrorCode::internal, "something that is no exception was thrown; this is a bug in xling, please report it"};
  }
}

Napi::Value js_error(Napi::Env env, const Fault& fault) {
  const auto& error_class = Environment::of(env).error_class();
  const auto code = Napi::String::New(env, error_name(fault.code));
  if (!error_class.IsEmpty()) return error_class.New({code, Napi::String::New(env, fault.message)});
  // Somebody opened the addon without the façade: an Error with a code will do.
  const auto plain = Napi::Error::New(env, fault.message);
  plain.Value().As<Napi::Object>().Set("code", code);
  return plain.Value();
}

}  // namespace xling::addon
