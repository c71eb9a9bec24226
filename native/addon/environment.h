// What belongs to one JavaScript environment (the main thread, a worker
// thread): its error class, its jobs, and the way back to its thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "addon/error.h"
#include "backend/device_worker.h"

namespace xling::addon {

// A worker's queue that this environment opened.
struct Lane {
  DeviceWorker& worker;
  std::shared_ptr<DeviceWorker::Queue> queue;

  explicit Lane(DeviceWorker& on) : worker(on), queue(on.open_queue()) {}
};

class Environment {
 public:
  // Made once per environment, on its thread.
  static void create(Napi::Env env);
  static Environment& of(Napi::Env env);

  void set_error_class(Napi::Function error_class);
  const Napi::FunctionReference& error_class() const { return error_class_; }  // empty until it is set

  // A lane whose jobs end with this environment.
  std::shared_ptr<Lane> open_lane(DeviceWorker& worker);

  // Where slow work goes that belongs to no device, such as opening one.
  const std::shared_ptr<Lane>& host_lane() const { return host_lane_; }

  // Gives the result of a job to JavaScript, on the environment's thread.
  using Result = std::function<Napi::Value(Napi::Env)>;

  // Starts `step` on a lane; it is called until it says done, with the job's
  // token if it takes one. Returns { promise, cancel() }; `result` makes the
  // promise's value when the last step is done. `last`: no job comes after it.
  template <class Step>
  Napi::Value start(const std::shared_ptr<Lane>& lane, Step step, Result result, bool last = false) {
    if constexpr (std::is_invocable_v<Step&>)
      return start_job(lane, [step = std::move(step)](const CancelToken&) mutable { return step(); }, std::move(result), last);
    else
      return start_job(lane, std::move(step), std::move(result), last);
  }

 private:
  Napi::Value start_job(const std::shared_ptr<Lane>& lane, std::function<Progress(const CancelToken&)> step, Result result, bool last);

  struct Pending {
    Napi::Promise::Deferred promise;
    Result result;
  };
  struct Ended {
    uint64_t id;
    std::optional<Fault> fault;
  };
  void deliver(Napi::Env env, const Ended& ended);
  static void settle(Napi::Env env, Napi::Function, Environment* self, Ended* ended);
  using Courier = Napi::TypedThreadSafeFunction<Environment, Ended, &Environment::settle>;

  explicit Environment(Napi::Env env);
  void close();

  Napi::Env env_;
  Napi::FunctionReference error_class_;
  Courier courier_;
  std::vector<std::weak_ptr<Lane>> lanes_;
  std::shared_ptr<Lane> host_lane_;
  std::map<uint64_t, Pending> pending_;
  uint64_t next_id_ = 0;
};

}  // namespace xling::addon
