// A decoder-only language model: one forward for training and inference.
#pragma once

#include <vector>

#include "autograd/embedding.h"
#include "models/decoder_spec.h"
#include "models/forward_options.h"
#include "models/slot_reader.h"
#include "nn/attention.h"
#include "nn/mlp.h"
#include "nn/residual.h"

namespace xling {

class Decoder {
 public:
  // Every slot of the spec is filled; `weights` outlives this. What trains has its gradients in `trainables`, under
  // its slot's name, and they outlive this, too; null: nothing trains.
  Decoder(const DecoderSpec& spec, const ModelWeights& weights, const Trainables* trainables = nullptr);

  // The residual stream [T, H] f32, on the arena's left: after the embedding for
  // layer 0, after block n for layer n. ERR_INVALID_ARGUMENT for a layer or an id
  // that is none, naming row and place, and for a row longer than the context.
  // With a cache, the rows' tokens join it. With a tape, backward goes on from the
  // gradient, which is zero and the caller's to add to.
  Variable stream(Pass& pass, const PackedRows& rows, int64_t layer, const ForwardOptions& options) const;

  // The final norm, y = norm(x) for rows [R, H] of the stream; y.value may be x.value when nothing trains.
  void final_norm(Pass& pass, const Variable& x, const Variable& y) const { rms_norm(pass, x, norm_, {}, y); }

  // logits [R, V] of what the final norm gave, [R, H]; soft-capped where the spec says so.
  void head(Pass& pass, const Tensor& hidden, const Tensor& logits) const;

  const DecoderSpec& spec() const { return spec_; }
  const LinearParameters& head_parameters() const { return head_; }

 private:
  struct Block {
    RmsNormParameters attention_norm, mlp_norm;
    AttentionParameters attention;
    WayBack attention_back;
    GatedMlpParameters mlp;
    WayBack mlp_back;
    size_t rope;
  };
  Block block(const SlotReader& slots, size_t index) const;
  static void run(Pass& pass, const Block& block, const BlockRows& rows, const Stream& stream);
  std::vector<RopeAngles> angles(Pass& pass, const PackedRows& rows, const Continuation* cache) const;

  DecoderSpec spec_;
  EmbeddingTable embedding_;
  std::vector<Block> blocks_;
  RmsNormParameters norm_;
  LinearParameters head_;
};

}  // namespace xling
