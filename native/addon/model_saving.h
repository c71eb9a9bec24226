// A model's weights on their way into a safetensors file, a slot a step.
#pragma once

#include <map>
#include <string>

#include "addon/model.h"
#include "io/safetensors_writer.h"
#include "models/adapter_sum.h"

namespace xling::addon {

class ModelSaving {
 public:
  struct To {
    std::string path;
    Storage dtype;  // f32, bf16 or f16
  };

  // `names` has the tensor's name of every slot that goes into this file. The
  // model must outlive this.
  ModelSaving(const DeviceModel& model, const std::map<std::string, std::string>& names, const To& to);

  // Writes the next slot, with what the adapters add to it; false when the file is there, whole.
  bool step(const AdapterSum& merge);

 private:
  struct Entry {
    const Slot* slot;
    std::string name;
  };

  const DeviceModel& model_;
  Storage dtype_;
  std::vector<Entry> entries_;
  SafetensorsWriter writer_;
  size_t next_ = 0;
};

}  // namespace xling::addon
