// C++ objects in JavaScript's hands: plain objects with a type tag, so that
// whatever else is passed in their place is recognised and refused.
#pragma once

#include <napi.h>

#include <memory>

#include "core/error.h"

namespace xling::addon {

// T declares: static constexpr napi_type_tag tag; static constexpr char what[].
template <class T>
Napi::Object make_handle(Napi::Env env, std::shared_ptr<T> object) {
  auto handle = Napi::Object::New(env);
  auto* owner = new std::shared_ptr<T>(std::move(object));
  const auto release = [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<T>*>(data); };
  if (napi_wrap(env, handle, owner, release, nullptr, nullptr) != napi_ok) {
    delete owner;
    fail(ErrorCode::internal, "a ", T::what, " could not be handed to JavaScript");
  }
  handle.TypeTag(&T::tag);
  return handle;
}

template <class T>
std::shared_ptr<T> from_handle(const Napi::Value& value, const char* where) {
  void* owner = nullptr;
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&T::tag) ||
      napi_unwrap(value.Env(), value, &owner) != napi_ok)
    fail(ErrorCode::invalid_argument, where, " must be a ", T::what);
  return *static_cast<std::shared_ptr<T>*>(owner);
}

}  // namespace xling::addon
