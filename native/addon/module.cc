// What JavaScript sees: a flat list of functions over handles. The façade that
// people use is in src/.
#include <napi.h>

#include "addon/adapter_terms.h"
#include "addon/context.h"
#include "addon/devices.h"
#include "addon/generation.h"
#include "addon/model.h"
#include "addon/training.h"
#include "core/host_limits.h"
#include "cpu/isa.h"

namespace xling::addon {

namespace {

Napi::Value set_error_class(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "the error class must be a function");
  Environment::of(info.Env()).set_error_class(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

template <class Names>
Napi::Array string_array(Napi::Env env, const Names& names) {
  auto out = Napi::Array::New(env);
  for (const auto& name : names) out[out.Length()] = Napi::String::New(env, name);
  return out;
}

// What this build and this machine are, for doctor and for tests.
Napi::Value describe_host(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const HostLimits limits = read_host_limits();
    std::vector<std::string> isas, codes, kernels;
    for (const auto* isa : runnable_isas()) isas.push_back(isa->isa);
    for (int32_t code = 1; code <= static_cast<int32_t>(last_error_code); ++code)
      codes.push_back(error_name(static_cast<ErrorCode>(code)));
    for_each_contract(Contracts{}, [&](auto* type) { kernels.push_back(std::remove_pointer_t<decltype(type)>::name); });

    auto out = Napi::Object::New(info.Env());
    out.Set("isas", string_array(info.Env(), isas));
    out.Set("errorCodes", string_array(info.Env(), codes));
    out.Set("kernels", string_array(info.Env(), kernels));
    out.Set("threads", usable_threads());
    out.Set("physicalCores", limits.physical_cores);
    out.Set("quotaThreads", limits.quota_threads);
    out.Set("memoryTotal", static_cast<double>(limits.memory_total));
    out.Set("memoryFree", static_cast<double>(limits.memory_free));
    out.Set("cudaModule", cuda_module_path());
    return out;
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Environment::create(env);
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("setErrorClass", set_error_class);
  add("describeHost", describe_host);
  add("openContext", open_context);
  add("describeDevice", describe_device);
  add("disposeContext", dispose_context);
  add("createTensor", create_tensor);
  add("createWeight", create_weight);
  add("readTensor", read_tensor);
  add("disposeTensor", dispose_tensor);
  add("runKernel", run_kernel);
  add("createDecoder", create_decoder);
  add("createEncoder", create_encoder);
  add("openWeights", open_weights);
  add("openGguf", open_gguf);
  add("ggufValue", gguf_value);
  add("fileNumbers", file_numbers);
  add("fillModel", fill_model);
  add("initModel", init_model);
  add("saveModel", save_model);
  add("hiddenStates", hidden_states);
  add("logits", logits);
  add("loss", loss);
  add("encode", encode);
  add("estimateDecoder", estimate_decoder);
  add("estimateEncoder", estimate_encoder);
  add("createAdapter", create_adapter);
  add("initAdapter", init_adapter);
  add("fillAdapter", fill_adapter);
  add("saveAdapter", save_adapter);
  add("disposeAdapter", dispose_adapter);
  add("composeAdapter", compose_adapter);
  add("mergeAdapters", merge_adapters);
  add("unmergeAdapters", unmerge_adapters);
  add("accumulate", accumulate);
  add("optimizerStep", optimizer_step);
  add("zeroGradients", zero_gradients);
  add("saveCheckpoint", save_checkpoint);
  add("checkpointState", checkpoint_state);
  add("loadCheckpoint", load_checkpoint);
  add("readVector", read_vector);
  add("readParameters", read_parameters);
  add("writeParameters", write_parameters);
  add("createGeneration", create_generation);
  add("advanceGeneration", advance_generation);
  add("disposeGeneration", dispose_generation);
  return exports;
}

}  // namespace

NODE_API_MODULE(xling, init)

}  // namespace xling::addon
