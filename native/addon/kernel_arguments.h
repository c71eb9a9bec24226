// Fills a contract's struct from a JavaScript object, by the contract's own
// list of fields: no kernel has a binding of its own.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "addon/context.h"
#include "addon/handle.h"
#include "core/storage.h"
#include "kernels/contract.h"

namespace xling::addon {

class KernelArguments {
 public:
  KernelArguments(const char* kernel, const std::shared_ptr<Context>& context, const Napi::Object& given)
      : kernel_(kernel), context_(context), given_(given) {}

  void operator()(const char* field, Tensor& tensor, Role) {
    const auto held = take_tensor(field);
    if (!held) return;
    if (held->prepared) fail(ErrorCode::invalid_argument, kernel_, ": ", field, " is a frozen weight and must be a tensor");
    tensor = held->view;
  }
  // A frozen weight, or an f32 matrix in rows.
  void operator()(const char* field, Weight& weight, Role) {
    const auto held = take_tensor(field);
    if (!held) return;
    const Tensor& view = held->view;
    if (view.shape.rank != 2) fail(ErrorCode::invalid_shape, kernel_, ": ", field, " is ", view.shape, " but must be a matrix");
    if (!held->prepared) expect_dtype(kernel_, field, view, DType::f32);
    weight = held->weight();
  }
  void operator()(const char* field, float& number) {
    const Napi::Value value = take(field);
    if (value.IsUndefined()) return;
    if (!value.IsNumber()) fail(ErrorCode::invalid_argument, kernel_, ": ", field, " must be a number");
    number = value.As<Napi::Number>().FloatValue();
  }
  void operator()(const char* field, int32_t& number) {
    const Napi::Value value = take(field);
    if (value.IsUndefined()) return;
    const double given = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
    if (!(given >= INT32_MIN && given <= INT32_MAX && given == std::floor(given)))
      fail(ErrorCode::invalid_argument, kernel_, ": ", field, " must be a whole number of 32 bits");
    number = static_cast<int32_t>(given);
  }
  template <class Enum, class = decltype(Choices<Enum>::names)>
  void operator()(const char* field, Enum& choice) {
    const Napi::Value value = take(field);
    if (value.IsUndefined()) return;
    const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
    const auto& names = Choices<Enum>::names;
    const auto found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names))
      fail(ErrorCode::invalid_argument, kernel_, ": ", field, " must be ", choices_of<Enum>());
    choice = static_cast<Enum>(found - std::begin(names));
  }
  void operator()(const char* field, Storage& storage) {
    const Napi::Value value = take(field);
    if (value.IsUndefined()) return;
    const std::string where = std::string(kernel_) + ": " + field;
    if (!value.IsString()) fail(ErrorCode::invalid_argument, where, " must be a storage's name, like 'q8_0'");
    storage = parse_storage(value.As<Napi::String>().Utf8Value(), where);
  }

  // Throws if the object has a key that no field took.
  void check_all_taken() const {
    const Napi::Array keys = given_.GetPropertyNames();
    for (uint32_t i = 0; i < keys.Length(); ++i) {
      const std::string key = Napi::Value(keys[i]).ToString();
      if (known_.find("'" + key + "'") == std::string::npos)
        fail(ErrorCode::invalid_argument, kernel_, ": there is no field '", key, "'; it has ", known_);
    }
  }

  // What the arguments point into; held until the job is over.
  std::vector<std::shared_ptr<DeviceTensor>> tensors() const { return tensors_; }

 private:
  // Null where the field is left out.
  std::shared_ptr<DeviceTensor> take_tensor(const char* field) {
    const Napi::Value value = take(field);
    if (value.IsUndefined()) return nullptr;
    const std::string where = std::string(kernel_) + ": " + field;
    const auto held = from_handle<DeviceTensor>(value, where.c_str());
    if (held->context != context_) fail(ErrorCode::invalid_argument, where, " belongs to another context");
    if (held->disposed) fail(ErrorCode::disposed, where, " was disposed");
    tensors_.push_back(held);
    return held;
  }
  Napi::Value take(const char* field) {
    known_ += (known_.empty() ? "'" : ", '") + std::string(field) + "'";
    return given_.Get(field);
  }

  const char* kernel_;
  std::shared_ptr<Context> context_;
  Napi::Object given_;
  std::string known_;
  std::vector<std::shared_ptr<DeviceTensor>> tensors_;
};

}  // namespace xling::addon
