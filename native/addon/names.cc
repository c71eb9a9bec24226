#include "addon/names.h"

#include "core/error.h"

namespace xling::addon {

std::map<std::string, std::string> names_of(const Napi::Value& value) {
  if (!value.IsArray()) fail(ErrorCode::invalid_argument, "names must be an array of pairs of names");
  const auto array = value.As<Napi::Array>();
  std::map<std::string, std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value item = array.Get(i);
    const auto pair = item.IsArray() ? item.As<Napi::Array>() : Napi::Array::New(value.Env());
    const Napi::Value ours = pair.Get(0u), theirs = pair.Get(1u);
    if (!ours.IsString() || !theirs.IsString()) fail(ErrorCode::invalid_argument, "names must be an array of pairs of names");
    out[ours.As<Napi::String>()] = theirs.As<Napi::String>();
  }
  return out;
}

}  // namespace xling::addon
