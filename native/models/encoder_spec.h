// An encoder as its properties: all that it is built from, whatever its
// architecture is called. The stream begins as
//   x = drop(norm(embedding[id] + positions[t] + types[0]))
// and a block is
//   x = norm(x + drop(attention(x)));  x = norm(x + drop(mlp(x)))
// with mlp(x) = down(activation(up(x))); every norm is a layer norm, every linear
// layer has a bias, and a token attends all of its row.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/activation.h"

namespace xling {

struct EncoderSpec {
  int64_t vocab_size = 0;         // V, rows of the embedding
  int64_t hidden_size = 0;        // H
  int64_t intermediate_size = 0;  // between up and down
  int64_t heads = 0;
  int64_t head_dim = 0;           // a multiple of 8, at most 256
  int64_t max_positions = 0;      // tokens of a context
  int64_t type_count = 0;         // rows of the table of token types; 0: none
  int64_t layers = 0;
  float norm_eps = 0;
  Activation activation = Activation::gelu;
  float dropout = 0;              // rates, in training
  float attention_dropout = 0;

  struct Pooler {
    int64_t outputs = 0;
    bool bias = true;
    bool tanh = true;  // false: the linear layer alone
  };
  std::optional<Pooler> pooler;

  // Guesses masked tokens: embedding · norm(activation(dense(x))) + bias.
  bool masked_lm_head = false;
};

// ERR_INVALID_CONFIG is the façade's, which reads files; here ERR_INVALID_ARGUMENT, naming the property.
void check(const EncoderSpec& spec);

}  // namespace xling
