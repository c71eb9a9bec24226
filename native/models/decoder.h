// A decoder-only language model: one forward for training and inference.
#pragma once

#include <vector>

#include "models/model_weights.h"
#include "models/packed_rows.h"
#include "nn/attention.h"
#include "nn/mlp.h"

namespace xling {

class Decoder {
 public:
  // Every slot of the spec is filled; `weights` outlives this.
  Decoder(const DecoderSpec& spec, const ModelWeights& weights);

  // The residual stream [T, H] f32, on the arena's left: after the embedding for
  // layer 0, after block n for layer n, and after the final norm, too, for the
  // last. ERR_INVALID_ARGUMENT for a layer or an id that is none, naming row and
  // place, and for a row longer than the context. With a cache, what is before
  // the rows' first tokens counts, and these join it.
  Tensor hidden(Pass& pass, const PackedRows& rows, int64_t layer, const Continuation* cache = nullptr) const;

  // logits [R, V] of hidden [R, H], soft-capped where the spec says so.
  void head(Pass& pass, const Tensor& hidden, const Tensor& logits) const;

  const DecoderSpec& spec() const { return spec_; }
  const LinearParameters& head_parameters() const { return head_; }

 private:
  struct Block {
    RmsNormParameters attention_norm, mlp_norm;
    AttentionParameters attention;
    MlpParameters mlp;
    size_t rope;
  };
  Block block(const ModelWeights& weights, size_t index) const;
  void check_rows(const PackedRows& rows, const Continuation* cache) const;
  std::vector<RopeAngles> angles(Pass& pass, const PackedRows& rows, const Continuation* cache) const;

  DecoderSpec spec_;
  Weight embedding_;
  std::vector<Block> blocks_;
  RmsNormParameters norm_;
  LinearParameters head_;
};

}  // namespace xling
