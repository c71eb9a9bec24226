// A model's tensors on a device, by slot: matrices as kernels multiply by
// them, vectors in f32.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/buffer.h"
#include "models/slots.h"
#include "models/trainables.h"

namespace xling {

class ModelWeights {
 public:
  explicit ModelWeights(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}

  // Where numbers come from: a storage's bytes, row by row.
  struct Numbers {
    Storage storage;
    const void* bytes;
  };

  // Fills a slot, once. A frozen matrix keeps the storage of its numbers, a
  // trainable one becomes f32 in rows, and so does every vector.
  void freeze(const Slot& slot, const Numbers& numbers);
  // Freezes a matrix in a storage that can be written, whatever its numbers came in.
  void quantize(const Slot& slot, const Numbers& numbers, Storage storage);
  void make_trainable(const Slot& slot, const Numbers& numbers);

  bool has(const std::string& slot) const { return tensors_.count(slot) != 0; }
  Weight matrix(const std::string& slot) const;
  Tensor vector(const std::string& slot) const;
  // What make_trainable filled, of these slots and in their order.
  std::vector<Trainables::Entry> trainable(const std::vector<Slot>& slots) const;

  // The slot's numbers back, as bytes of a storage that can be written; or as f32 in rows, on the device.
  std::vector<uint8_t> read(const Slot& slot, Storage storage) const;
  Buffer wide(const Slot& slot) const;
  // Such f32, in rows on the device, as bytes of a storage for the slot's shape.
  std::vector<uint8_t> written(const Slot& slot, const Buffer& wide, Storage storage) const;

  // What a slot has.
  struct Held {
    Buffer memory;
    Weight weight;  // a vector is one row
    bool trains;
  };
  // Memory for another matrix, stored as the slot's is; its numbers are undefined.
  Held room(const Slot& slot) const;
  // What a slot with a matrix would have of other numbers, f32 in rows on the device. A frozen one is written in a storage.
  Held other(const Slot& slot, Buffer wide, Storage storage) const;
  // Slots have what these are, and these what they had: once to put them in, once more to take them out. Whoever keeps a
  // slot's address asks for it anew.
  void exchange(std::map<std::string, Held>& others);

  size_t bytes() const { return bytes_; }  // on the device

 private:
  std::vector<uint8_t> stored(const Slot& slot) const;
  Held frozen(const Slot& slot, const Numbers& numbers) const;
  const Held& held(const std::string& slot) const;
  void hold_wide(const Slot& slot, const Numbers& numbers, bool trains);
  void hold(const Slot& slot, Held held);

  std::shared_ptr<Backend> backend_;
  std::map<std::string, Held> tensors_;
  size_t bytes_ = 0;
};

}  // namespace xling
