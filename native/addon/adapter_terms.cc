#include "addon/adapter_terms.h"

#include "addon/handle.h"
#include "addon/properties.h"

namespace xling::addon {

AdapterTerms adapter_terms(const Napi::Value& value, const std::shared_ptr<DeviceModel>& model) {
  AdapterTerms out;
  if (value.IsUndefined()) return out;
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "terms must be an array");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Properties term("term", array.Get(i));
    auto adapter = adapter_of(term.value("adapter"), model);
    if (!adapter) fail(ErrorCode::invalid_argument, "a term has no adapter");
    out.push_back({std::move(adapter), term.number("weight")});
  }
  return out;
}

AdapterSum sum_of(const AdapterTerms& terms) {
  AdapterSum out;
  for (const auto& [adapter, weight] : terms) out.push_back({&adapter->adapter(), weight});
  return out;
}

}  // namespace xling::addon
