// A JavaScript object's properties, each read by its name.
#pragma once

#include <napi.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"

namespace xling::addon {

// What is missing or of another type is ERR_INVALID_ARGUMENT, naming it.
class Properties {
 public:
  // `where` names the object in errors; it outlives this.
  Properties(const char* where, const Napi::Value& value) : where_(where) {
    if (!value.IsObject()) fail(ErrorCode::invalid_argument, where_, " must be an object");
    object_ = value.As<Napi::Object>();
  }

  double number(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsNumber()) fail(ErrorCode::invalid_argument, where_, ": ", name, " must be a number");
    return value.As<Napi::Number>().DoubleValue();
  }
  float real(const char* name) const { return static_cast<float>(number(name)); }
  int64_t whole(const char* name) const {
    const double value = number(name);
    if (!(std::abs(value) <= 9007199254740991.0) || value != std::floor(value))
      fail(ErrorCode::invalid_argument, where_, ": ", name, " must be a whole number");
    return static_cast<int64_t>(value);
  }
  bool flag(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsBoolean()) fail(ErrorCode::invalid_argument, where_, ": ", name, " must be true or false");
    return value.As<Napi::Boolean>();
  }
  std::string text(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsString()) fail(ErrorCode::invalid_argument, where_, ": ", name, " must be a string");
    return value.As<Napi::String>();
  }
  std::vector<float> numbers(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array)
      fail(ErrorCode::invalid_argument, where_, ": ", name, " must be a Float32Array");
    const auto array = value.As<Napi::Float32Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
  }
  std::vector<int32_t> ids(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array)
      fail(ErrorCode::invalid_argument, where_, ": ", name, " must be an Int32Array");
    const auto array = value.As<Napi::Int32Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
  }
  Napi::Value value(const char* name) const { return object_.Get(name); }
  template <class Each>
  void each(const char* name, const Each& body) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsArray()) fail(ErrorCode::invalid_argument, where_, ": ", name, " must be an array");
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) body(Properties(where_, array.Get(i)));
  }

 private:
  const char* where_;
  Napi::Object object_;
};

}  // namespace xling::addon
