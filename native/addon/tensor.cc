// Tensors on a device, as JavaScript makes, reads and drops them. Data crosses
// by copy: Electron refuses buffers that are not V8's own.
#include <cmath>
#include <cstring>

#include "addon/context.h"
#include "addon/handle.h"

namespace xling::addon {

namespace {

DType parse_dtype(const Napi::Value& value) {
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
  for (DType dtype : {DType::f32, DType::bf16, DType::i32, DType::u8})
    if (name == name_of(dtype)) return dtype;
  fail(ErrorCode::invalid_dtype, "dtype must be 'f32', 'bf16', 'i32' or 'u8'");
}

Shape parse_shape(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_shape, "shape must be an array of whole numbers");
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> sizes;
  for (uint32_t i = 0; i < array.Length() && i <= Shape::max_rank; ++i) {
    const Napi::Value entry = array.Get(i);
    const double size = entry.IsNumber() ? entry.As<Napi::Number>().DoubleValue() : NAN;
    if (!(size >= 0 && size <= 9007199254740991.0 && size == std::floor(size)))
      fail(ErrorCode::invalid_shape, "dimension ", i, " of the shape must be a whole number, 0 or more");
    sizes.push_back(static_cast<int64_t>(size));
  }
  return Shape(sizes.data(), sizes.size());
}

struct ArrayType {
  napi_typedarray_type type;
  const char* name;
};

// What carries a tensor's elements to JavaScript and back; bf16 travels as f32.
ArrayType array_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::bf16: break;
    case DType::i32: return {napi_int32_array, "an Int32Array"};
    case DType::u8: return {napi_uint8_array, "a Uint8Array"};
  }
  return {napi_float32_array, "a Float32Array"};
}

// The bytes of `data` in the tensor's dtype; empty if it is undefined.
std::vector<char> copy_data(const Napi::Value& value, const Tensor& like) {
  if (value.IsUndefined()) return {};
  const ArrayType wanted = array_of(like.dtype);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != wanted.type)
    fail(ErrorCode::invalid_dtype, "data of a ", name_of(like.dtype), " tensor must be ", wanted.name);
  const auto array = value.As<Napi::TypedArray>();
  if (array.ElementLength() != like.shape.numel())
    fail(ErrorCode::invalid_shape, "data has ", array.ElementLength(), " elements but shape ", like.shape, " has ", like.shape.numel());
  const char* from = static_cast<const char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  std::vector<char> bytes(like.bytes());
  if (bytes.empty()) return bytes;
  if (like.dtype != DType::bf16) {
    std::memcpy(bytes.data(), from, bytes.size());
    return bytes;
  }
  for (size_t i = 0; i < array.ElementLength(); ++i) {
    float wide;
    std::memcpy(&wide, from + 4 * i, 4);
    const bfloat16 half = to_bf16(wide);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return bytes;
}

// Elements as they are, bf16 widened.
Napi::Value to_typed_array(Napi::Env env, const Tensor& view, const std::vector<char>& bytes) {
  const size_t count = view.shape.numel();
  auto buffer = Napi::ArrayBuffer::New(env, view.dtype == DType::bf16 ? count * 4 : bytes.size());
  if (count && view.dtype != DType::bf16) std::memcpy(buffer.Data(), bytes.data(), bytes.size());
  if (view.dtype == DType::i32) return Napi::Int32Array::New(env, count, buffer, 0);
  if (view.dtype == DType::u8) return Napi::Uint8Array::New(env, count, buffer, 0);
  auto out = Napi::Float32Array::New(env, count, buffer, 0);
  if (view.dtype == DType::bf16)
    for (size_t i = 0; i < count; ++i) {
      bfloat16 half;
      std::memcpy(&half, bytes.data() + 2 * i, 2);
      out[i] = to_f32(half);
    }
  return out;
}

}  // namespace

DeviceTensor::~DeviceTensor() {
  if (memory.data()) context->leave_to_worker(std::make_shared<Buffer>(std::move(memory)));
}

namespace {

std::shared_ptr<DeviceTensor> new_tensor(const Napi::Value& owner) {
  const auto context = from_handle<Context>(owner, "context");
  context->check_alive();
  const auto tensor = std::make_shared<DeviceTensor>();
  tensor->context = context;
  context->adopt(tensor);
  return tensor;
}

}  // namespace

Napi::Value create_tensor(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto tensor = new_tensor(info[0]);
    tensor->view.dtype = parse_dtype(info[1]);
    tensor->view.shape = parse_shape(info[2]);
    const size_t bytes = tensor->view.bytes();
    const auto data = std::make_shared<std::vector<char>>(copy_data(info[3], tensor->view));
    return Environment::of(info.Env())
        .start(
            tensor->context->lane,
            [tensor, data, bytes] {
              auto& device = tensor->context->opened.device;
              tensor->memory = Buffer(device->backend, bytes);
              tensor->view.data = tensor->memory.data();
              if (data->empty())
                device->backend->zero(tensor->view.data, bytes);
              else
                device->backend->write(tensor->view.data, data->data(), bytes);
              return Progress::done;
            },
            [tensor](Napi::Env env) -> Napi::Value { return make_handle(env, tensor); });
  });
}

Napi::Value create_weight(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto tensor = new_tensor(info[0]);
    if (!info[1].IsString()) fail(ErrorCode::invalid_argument, "storage must be a storage's name, like 'q8_0'");
    tensor->prepared = true;
    tensor->storage = parse_storage(info[1].As<Napi::String>().Utf8Value(), "storage");
    const Shape& shape = tensor->view.shape = parse_shape(info[2]);
    if (shape.rank != 2) fail(ErrorCode::invalid_shape, "a weight is ", shape, " but must be a matrix");
    const Tensor bytes{nullptr, {static_cast<int64_t>(storage_bytes(tensor->storage, shape[0], shape[1]))}, DType::u8};
    if (info[3].IsUndefined()) fail(ErrorCode::invalid_argument, "a weight needs its bytes");
    const auto data = std::make_shared<std::vector<char>>(copy_data(info[3], bytes));
    return Environment::of(info.Env())
        .start(
            tensor->context->lane,
            [tensor, data] {
              Backend& backend = tensor->context->backend();
              Tensor& view = tensor->view;
              tensor->memory = Buffer(tensor->context->opened.device->backend,
                                      backend.weight_bytes(tensor->storage, view.shape[0], view.shape[1]));
              view.data = tensor->memory.data();
              backend.write_weight(tensor->weight(), data->data());
              return Progress::done;
            },
            [tensor](Napi::Env env) -> Napi::Value { return make_handle(env, tensor); });
  });
}

Napi::Value read_tensor(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto tensor = from_handle<DeviceTensor>(info[0], "tensor");
    tensor->context->check_alive();
    if (tensor->disposed) fail(ErrorCode::disposed, "this tensor was disposed");
    const auto bytes = std::make_shared<std::vector<char>>();
    return Environment::of(info.Env())
        .start(
            tensor->context->lane,
            [tensor, bytes] {
              Backend& backend = tensor->context->backend();
              bytes->resize(tensor->prepared ? tensor->weight().bytes() : tensor->view.bytes());
              if (tensor->prepared)
                backend.read_weight(bytes->data(), tensor->weight());
              else
                backend.read(bytes->data(), tensor->view.data, bytes->size());
              return Progress::done;
            },
            [tensor, bytes](Napi::Env env) {
              const Tensor as_bytes{nullptr, {static_cast<int64_t>(bytes->size())}, DType::u8};
              return to_typed_array(env, tensor->prepared ? as_bytes : tensor->view, *bytes);
            });
  });
}

Napi::Value dispose_tensor(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto tensor = from_handle<DeviceTensor>(info[0], "tensor");
    tensor->disposed = true;
    return Environment::of(info.Env())
        .start(
            tensor->context->lane,
            [tensor] {
              tensor->release();
              return Progress::done;
            },
            [](Napi::Env env) { return env.Undefined(); });
  });
}

}  // namespace xling::addon
