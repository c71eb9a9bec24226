#include "addon/environment.h"

#include <algorithm>

namespace xling::addon {

namespace {

// Never destroyed: its thread may outlive the last environment.
DeviceWorker& host_worker() {
  static auto* worker = new DeviceWorker;
  return *worker;
}

}  // namespace

void Environment::create(Napi::Env env) {
  auto* self = new Environment(env);
  env.SetInstanceData(self);
  // Hooks run last in, first out: the courier still works while lanes close.
  env.AddCleanupHook([self] { self->close(); });
}

Environment& Environment::of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Environment::Environment(Napi::Env env) : env_(env), courier_(Courier::New(env, "xling", 0, 1, this)) {
  courier_.Unref(env);
  host_lane_ = open_lane(host_worker());
}

void Environment::close() {
  // Waits for running steps, at most one micro-batch each; after it no thread
  // calls back into this environment.
  for (const auto& weak : lanes_)
    if (const auto lane = weak.lock()) lane->worker.close(lane->queue);
  pending_.clear();
}

void Environment::set_error_class(Napi::Function error_class) { error_class_ = Napi::Persistent(error_class); }

std::shared_ptr<Lane> Environment::open_lane(DeviceWorker& worker) {
  lanes_.erase(std::remove_if(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.expired(); }), lanes_.end());
  auto lane = std::make_shared<Lane>(worker);
  lanes_.push_back(lane);
  return lane;
}

Napi::Value Environment::start_job(const std::shared_ptr<Lane>& lane, std::function<Progress(const CancelToken&)> step,
                                   Result result, bool last) {
  const uint64_t id = next_id_++;
  // The event loop must live while a job does, and not longer.
  if (pending_.empty()) courier_.Ref(env_);
  const auto promise = Napi::Promise::Deferred::New(env_);
  pending_.emplace(id, Pending{promise, std::move(result)});

  const auto job = std::make_shared<Job>();
  job->step = [step = std::move(step), token = job->cancel] { return step(token); };
  job->finished = [courier = courier_, id](std::exception_ptr failure) mutable {
    auto* ended = new Ended{id, failure ? std::optional<Fault>(fault_of(failure)) : std::nullopt};
    if (courier.NonBlockingCall(ended) != napi_ok) delete ended;  // the environment is closing
  };
  if (last)
    lane->worker.close_after(lane->queue, job);
  else
    lane->worker.submit(lane->queue, job);

  auto handle = Napi::Object::New(env_);
  handle.Set("promise", promise.Promise());
  handle.Set("cancel", Napi::Function::New(env_, [lane, job](const Napi::CallbackInfo&) { lane->worker.cancel(lane->queue, job); }));
  return handle;
}

void Environment::settle(Napi::Env env, Napi::Function, Environment* self, Ended* ended) {
  const std::unique_ptr<Ended> owned(ended);
  if (env == nullptr) return;  // delivered to an environment that has closed
  try {
    self->deliver(env, *owned);
  } catch (const Napi::Error&) {
    // The environment is being torn down and runs no more JavaScript: nobody
    // is left to tell, and an exception out of here would end the process.
  }
}

void Environment::deliver(Napi::Env env, const Ended& ended) {
  const auto found = pending_.find(ended.id);
  if (found == pending_.end()) return;
  const Pending job = std::move(found->second);
  pending_.erase(found);
  if (pending_.empty()) courier_.Unref(env);

  std::optional<Fault> fault = ended.fault;
  if (!fault) {
    try {
      return job.promise.Resolve(job.result(env));
    } catch (const Napi::Error& error) {
      return job.promise.Reject(error.Value());
    } catch (...) {
      fault = fault_of(std::current_exception());
    }
  }
  job.promise.Reject(js_error(env, *fault));
}

}  // namespace xling::addon
