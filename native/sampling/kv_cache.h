// Keys and values of the tokens that rows have had so far, layer by layer: a
// slot per row. A layer that looks back through a window keeps a ring.
#pragma once

#include <memory>
#include <vector>

#include "backend/buffer.h"
#include "models/decoder_spec.h"
#include "nn/attention.h"

namespace xling {

class KvCache {
 public:
  struct Size {
    int64_t slots;
    int64_t positions;  // tokens of a row, all in all
    int64_t at_once;    // new tokens of a row in one forward
  };

  // ERR_OUT_OF_MEMORY if it does not fit the device.
  KvCache(const std::shared_ptr<Backend>& backend, const DecoderSpec& spec, const Size& size);

  const std::vector<LayerCache>& layers() const { return layers_; }
  size_t bytes() const;

  // Slot `to` goes on from the first `count` tokens of slot `from`, which holds those and no more.
  void copy(int64_t from, int64_t to, int64_t count);

 private:
  std::shared_ptr<Backend> backend_;
  std::vector<Buffer> memory_;
  std::vector<LayerCache> layers_;
};

}  // namespace xling
