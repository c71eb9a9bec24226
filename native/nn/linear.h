// A linear layer of a model, and what adapters add to it.
#pragma once

#include <optional>
#include <vector>

#include "autograd/linear.h"
#include "autograd/lora_linear.h"

namespace xling {

struct LinearLayer {
  LinearParameters own;
  size_t number = 0;  // among the model's linear layers: by it an adapter finds what it adds here
};

// An adapter, by its layers' numbers; nothing where it adds nothing.
using LoraLayers = std::vector<std::optional<LoraParameters>>;

// Tokens [begin, end), which are whole rows, go through the adapter.
struct AdapterSegment {
  int64_t begin, end;
  const LoraLayers* layers;
  float dropout = 0;   // rate at which what goes into the adapter is dropped
  RowStreams streams;  // of those rows; where dropout is not 0
};

// Which of the packed tokens go through which adapter; what no segment has goes through none.
using Adaptation = std::vector<AdapterSegment>;

struct AdaptedLayer {
  const LinearLayer& layer;
  const Adaptation& adaptation;
};

// y = residual + layer(x) + what each segment's adapter adds to its rows; the rest is said in autograd/linear.h.
void linear(Pass& pass, const Variable& x, const AdaptedLayer& layer, const Tensor& residual, const Variable& y);

}  // namespace xling
