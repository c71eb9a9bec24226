// A decoder as its properties: all that it is built from, whatever its
// architecture is called. A block is
//   x += after(attention(norm(x)));  x += after(mlp(norm(x)))
// with mlp(x) = down(activation(gate(x)) * up(x)); every norm is an RMS norm.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/gated_activation.h"

namespace xling {

struct DecoderSpec {
  int64_t vocab_size = 0;         // V, rows of the embedding and of the head
  int64_t hidden_size = 0;        // H
  int64_t intermediate_size = 0;  // between gate, up and down
  int64_t heads = 0;              // of queries
  int64_t key_value_heads = 0;    // divide heads
  int64_t head_dim = 0;           // a multiple of 8, at most 256
  int64_t max_positions = 0;      // tokens of a context
  float norm_eps = 0;
  float norm_offset = 0;          // 1: gains are stored minus one (Gemma)
  bool after_norms = false;       // what attention and MLP give is normed before it joins the residual stream
  bool query_key_norm = false;    // per head, before rotation
  float attention_scale = 0;
  bool query_key_value_bias = false;
  bool output_bias = false;
  bool mlp_bias = false;
  Activation activation = Activation::silu;
  float embedding_scale = 1;
  bool tied_head = false;
  float logit_softcap = 0;        // 0: none

  struct Rope {
    std::vector<float> frequencies;  // [head_dim / 2], radians per position
    float scale = 1;                 // multiplies cosines and sines
  };
  std::vector<Rope> ropes;

  struct Layer {
    int64_t window = 0;  // tokens seen, itself included; 0: all before it
    int64_t rope = 0;    // index into ropes
  };
  std::vector<Layer> layers;
};

// ERR_INVALID_CONFIG is the façade's, which reads files; here ERR_INVALID_ARGUMENT, naming the property.
void check(const DecoderSpec& spec);

}  // namespace xling
