// A model's weights on their way into a safetensors file, a slot a step.
#pragma once

#include <map>
#include <string>

#include "io/safetensors_writer.h"
#include "models/model_weights.h"

namespace xling::addon {

class ModelSaving {
 public:
  struct To {
    std::string path;
    Storage dtype;  // f32, bf16 or f16
  };

  // `names` has the tensor's name of every slot that goes into this file. The
  // weights and slots must outlive this.
  ModelSaving(const ModelWeights& weights, const std::vector<Slot>& slots, const std::map<std::string, std::string>& names,
              const To& to);

  // Writes the next slot; false when the file is there, whole.
  bool step();

 private:
  struct Entry {
    const Slot* slot;
    std::string name;
  };

  const ModelWeights& weights_;
  Storage dtype_;
  std::vector<Entry> entries_;
  SafetensorsWriter writer_;
  size_t next_ = 0;
};

}  // namespace xling::addon
