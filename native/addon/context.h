// A device as one JavaScript object sees it: its own lane of jobs, and the
// tensors it put there.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "addon/environment.h"
#include "backend/buffer.h"
#include "backend/registry.h"

namespace xling::addon {

struct Context;

// What a context's children have in common. A child keeps its parent alive.
struct DeviceResource {
  std::shared_ptr<Context> context;
  bool disposed = false;  // touched by JavaScript's thread only

  virtual ~DeviceResource() = default;
  virtual void release() = 0;  // gives the device's memory back; called on its worker
};

struct Context {
  static constexpr napi_type_tag tag = {0x3b7a90d25c6e4812, 0xa1f04e9d8b6c3375};
  static constexpr char what[] = "context";

  OpenedDevice opened;
  std::shared_ptr<Lane> lane;
  std::vector<std::weak_ptr<DeviceResource>> resources;
  bool disposed = false;

  Backend& backend() const { return *opened.device->backend; }
  // Throws ERR_DISPOSED after dispose().
  void check_alive() const {
    if (disposed) fail(ErrorCode::disposed, "this context was disposed; open a new one");
  }
  // Whatever is left of them is released when the context is disposed.
  void adopt(const std::shared_ptr<DeviceResource>& child);
  // Drops what is held on the worker, where a device's memory is given back.
  void leave_to_worker(std::shared_ptr<void> held) const;
};


struct DeviceTensor final : DeviceResource {
  static constexpr napi_type_tag tag = {0x6e8f2b0c4d1a4f37, 0x9b5d7c21e0a84f62};
  static constexpr char what[] = "tensor";

  Tensor view;
  bool prepared = false;  // it is a frozen weight of view's shape, in this storage
  Storage storage = Storage::f32;
  Buffer memory;  // touched by the device's worker only

  Weight weight() const {
    return {view.data, view.shape[0], view.shape[1], storage, prepared ? Layout::prepared : Layout::rows};
  }

  void release() override { memory.reset(); }
  ~DeviceTensor() override;  // leaves the memory to the worker, whoever dropped the last reference
};

Napi::Value open_context(const Napi::CallbackInfo& info);     // (device: string) -> job of a context
Napi::Value dispose_context(const Napi::CallbackInfo& info);  // (context) -> job; aborts its jobs, frees its tensors
Napi::Value describe_device(const Napi::CallbackInfo& info);  // (context) -> { name, isa, why, threads }

Napi::Value create_tensor(const Napi::CallbackInfo& info);    // (context, dtype, shape, data | undefined) -> job of a tensor
Napi::Value create_weight(const Napi::CallbackInfo& info);    // (context, storage, shape, bytes) -> job of a tensor that is frozen
Napi::Value read_tensor(const Napi::CallbackInfo& info);      // (tensor) -> job of a typed array; of a weight, its storage's bytes
Napi::Value dispose_tensor(const Napi::CallbackInfo& info);   // (tensor) -> job

// Runs a contract: (context, name, fields, repeat) -> job of { seconds: Float64Array, bytes }
Napi::Value run_kernel(const Napi::CallbackInfo& info);

}  // namespace xling::addon
