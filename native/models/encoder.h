// A bidirectional encoder: one forward for training and inference.
#pragma once

#include <functional>

#include "autograd/embedding.h"
#include "autograd/linear_cross_entropy.h"
#include "models/encoder_spec.h"
#include "models/forward_options.h"
#include "models/slot_reader.h"
#include "nn/attention.h"
#include "nn/dense.h"
#include "nn/mlp.h"
#include "nn/residual.h"

namespace xling {

class Encoder {
 public:
  // Every slot of the spec is filled; `weights` outlives this. What trains has its gradients in `trainables`, under
  // its slot's name, and they outlive this, too; null: nothing trains.
  Encoder(const EncoderSpec& spec, const ModelWeights& weights, const Trainables* trainables = nullptr);

  // Sees the residual stream [T, H] f32 on its way up: after the embedding's norm for layer 0, after block n for layer
  // n. What it records may add to the gradient; without a tape the values are gone when it returns.
  using Tap = std::function<void(Pass& pass, int64_t layer, const Variable& stream)>;

  // The stream after `layer`, on the arena's left. ERR_INVALID_ARGUMENT for a layer or an id that is none, naming row
  // and place, and for a row longer than the context. With a tape, backward goes on from the gradient, which is zero
  // and the caller's to add to.
  Variable stream(Pass& pass, const PackedRows& rows, int64_t layer, const ForwardOptions& options, const Tap& tap) const;

  // The pooler of pooled vectors [R, H]: y [R, outputs]. ERR_INVALID_ARGUMENT without one.
  void pool(Pass& pass, const Variable& x, const Variable& y) const;

  // What the head that guesses masked tokens multiplies by the embedding, of x [R, H]; y may be x when nothing trains.
  // ERR_INVALID_ARGUMENT without one, as from guesses().
  void prepare_guess(Pass& pass, const Variable& x, const Variable& y) const;
  // That product's parameters: the embedding and a bias.
  const LinearParameters& guesses() const;

  const EncoderSpec& spec() const { return spec_; }

 private:
  struct Block {
    AttentionParameters attention;
    NormedWayBack attention_back;
    PlainMlpParameters mlp;
    NormedWayBack mlp_back;
  };
  // Parts of the head that guesses masked tokens.
  struct Guess {
    DenseParameters dense;
    LayerNormParameters norm;
    LinearParameters output;
  };
  LayerNormParameters norm(const SlotReader& slots, const std::string& name) const;
  Block block(const SlotReader& slots, int64_t index, uint32_t place) const;
  static void run(Pass& pass, const Block& block, const BlockRows& rows, const Stream& stream);
  Variable embedded(Pass& pass, const PackedRows& rows, const Drops& drops) const;
  const Guess& guess() const;

  EncoderSpec spec_;
  EmbeddingTable embedding_, positions_;
  std::optional<EmbeddingTable> types_;
  LayerNormParameters embedding_norm_;
  uint32_t embedding_place_;  // of its dropout
  std::vector<Block> blocks_;
  std::optional<DenseParameters> pooler_;
  std::optional<Guess> guess_;
};

}  // namespace xling
