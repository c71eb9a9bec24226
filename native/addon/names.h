// Pairs of names, as JavaScript gives them: what the engine calls something, and what a file does.
#pragma once

#include <napi.h>

#include <map>
#include <string>

namespace xling::addon {

// The file's name by the engine's, from an array of [engine's, file's].
std::map<std::string, std::string> names_of(const Napi::Value& value);

}  // namespace xling::addon
