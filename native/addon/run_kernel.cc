// Any contract, by name: for benches, and for whoever wants one kernel.
#include <chrono>
#include <cmath>
#include <cstring>

#include "addon/context.h"
#include "addon/kernel_arguments.h"
#include "kernels/bytes_moved.h"
#include "kernels/contracts.h"

namespace xling::addon {

namespace {

using Clock = std::chrono::steady_clock;

template <class Op>
Napi::Value start_op(Napi::Env env, const std::shared_ptr<Context>& context, const Napi::Object& fields, size_t repeat) {
  Op op;
  KernelArguments arguments(Op::name, context, fields);
  Op::fields(arguments, op);
  arguments.check_all_taken();
  check(op);  // here too, so that a wrong call is refused where it was made

  const auto seconds = std::make_shared<std::vector<double>>();
  const auto run_once = [op, seconds, repeat, context, held = arguments.tensors()] {
    Backend& backend = context->backend();
    const auto begin = Clock::now();
    backend.run(op);
    backend.read(nullptr, nullptr, 0);  // until the device is done
    seconds->push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    return seconds->size() < repeat ? Progress::more : Progress::done;
  };
  return Environment::of(env).start(context->lane, run_once, [seconds, bytes = bytes_moved(op)](Napi::Env on) -> Napi::Value {
    auto times = Napi::Float64Array::New(on, seconds->size());
    std::memcpy(times.Data(), seconds->data(), seconds->size() * sizeof(double));
    auto out = Napi::Object::New(on);
    out.Set("seconds", times);
    out.Set("bytes", static_cast<double>(bytes));
    return out;
  });
}

}  // namespace

Napi::Value run_kernel(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto context = from_handle<Context>(info[0], "context");
    context->check_alive();
    if (!info[1].IsString()) fail(ErrorCode::invalid_argument, "the kernel's name must be a string");
    if (!info[2].IsObject()) fail(ErrorCode::invalid_argument, "the kernel's fields must be an object");
    const double repeat = info[3].IsNumber() ? info[3].As<Napi::Number>().DoubleValue() : NAN;
    if (!(repeat >= 1 && repeat <= 1e6 && repeat == std::floor(repeat)))
      fail(ErrorCode::invalid_argument, "repeat must be a whole number from 1 to 1000000");

    const std::string name = info[1].As<Napi::String>();
    Napi::Value job;
    std::string known;
    for_each_contract(Contracts{}, [&](auto* type) {
      using Op = std::remove_pointer_t<decltype(type)>;
      known += (known.empty() ? "" : ", ") + std::string(Op::name);
      if (name == Op::name) job = start_op<Op>(info.Env(), context, info[2].As<Napi::Object>(), static_cast<size_t>(repeat));
    });
    if (job.IsEmpty()) fail(ErrorCode::invalid_argument, "there is no kernel '", name, "'; there are ", known);
    return job;
  });
}

}  // namespace xling::addon
