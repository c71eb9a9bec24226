#include "models/encoder.h"

#include <cmath>

#include "autograd/block.h"
#include "models/encoder_slots.h"

namespace xling {

Encoder::Encoder(const EncoderSpec& spec, const ModelWeights& weights, const Trainables* trainables) : spec_(spec) {
  const SlotReader slots(encoder_slots(spec), weights, trainables);
  const auto table = [&](const char* name) {
    const LinearParameters matrix = slots.linear(name);
    return EmbeddingTable{matrix.weight, matrix.weight_grad};
  };
  embedding_ = table("embedding");
  positions_ = table("positions");
  if (spec.type_count > 0) types_ = table("types");
  embedding_norm_ = norm(slots, "embeddingNorm");
  // Adapters draw their masks by their layers' numbers, so a model's own places are counted from there.
  embedding_place_ = static_cast<uint32_t>(slots.layers());
  for (int64_t i = 0; i < spec.layers; ++i) blocks_.push_back(block(slots, i, embedding_place_ + 1 + 3 * static_cast<uint32_t>(i)));
  if (spec.pooler) pooler_ = {slots.linear("pooler"), spec.pooler->tanh ? std::optional(Activation::tanh) : std::nullopt};
  if (!spec.masked_lm_head) return;
  const LinearParameters embedding = slots.linear("embedding");
  guess_ = {{slots.linear("maskedLmDense"), spec.activation},
            norm(slots, "maskedLmNorm"),
            {embedding.weight, embedding.weight_grad, slots.parameter("maskedLmHead.bias")}};
}

LayerNormParameters Encoder::norm(const SlotReader& slots, const std::string& name) const {
  return {slots.parameter(name), slots.parameter(name + ".bias"), spec_.norm_eps};
}

Encoder::Block Encoder::block(const SlotReader& slots, int64_t index, uint32_t place) const {
  const std::string prefix = "layers." + std::to_string(index) + ".";
  const auto linear = [&](const char* name) { return slots.layer(prefix + name); };
  Block out{};
  out.attention.query = linear("query");
  out.attention.key = linear("key");
  out.attention.value = linear("value");
  out.attention.heads = out.attention.key_value_heads = spec_.heads;
  out.attention.head_dim = spec_.head_dim;
  out.attention.scale = 1 / std::sqrt(static_cast<float>(spec_.head_dim));
  out.attention.place = place;
  out.attention_back = {linear("output"), norm(slots, prefix + "attentionNorm"), place + 1};
  out.mlp = {linear("up"), spec_.activation};
  out.mlp_back = {linear("down"), norm(slots, prefix + "mlpNorm"), place + 2};
  return out;
}

void Encoder::run(Pass& pass, const Block& block, const BlockRows& rows, const Stream& stream) {
  const Shape& shape = stream.before.value.shape;
  // Both sub-layers may write one place, unless backward will read what is between them.
  const Variable middle = pass.training() ? Variable{pass.push_left(shape, DType::f32), stream.after.grad} : stream.after;
  {
    SubLayer scope(pass);
    const Variable mixed = self_attention(pass, stream.before, block.attention, rows);
    join_normed(pass, mixed, block.attention_back, rows, {stream.before, middle});
  }
  SubLayer scope(pass);
  const Variable inner = plain_mlp(pass, middle, block.mlp, rows.adaptation);
  join_normed(pass, inner, block.mlp_back, rows, {middle, stream.after});
}

// The stream's beginning. Norms and dropout turn the stream's gradient where it stands, so all of it has one.
Variable Encoder::embedded(Pass& pass, const PackedRows& rows, const Drops& drops) const {
  const int64_t tokens = rows.tokens();
  const Shape shape{tokens, spec_.hidden_size};
  const auto places = places_of(rows);
  const std::vector<int32_t> zeros(places.size());
  const Tensor ids = pass.upload(rows.ids, Shape{tokens}, DType::i32);
  const Tensor positions = pass.upload(places.data(), Shape{tokens}, DType::i32);
  Variable sum{pass.push_left(shape, DType::f32), {}};
  if (pass.training()) {
    sum.grad = pass.push_left(shape, DType::f32);
    pass.backend.zero(sum.grad.data, sum.grad.bytes());
  }
  embedding(pass, ids, embedding_, sum);
  embedding(pass, positions, positions_, sum, Write::accumulate);
  if (types_) embedding(pass, pass.upload(zeros.data(), Shape{tokens}, DType::i32), *types_, sum, Write::accumulate);
  const Variable normed = pass.training() ? Variable{pass.push_left(shape, DType::f32), sum.grad} : sum;
  layer_norm(pass, sum, embedding_norm_, normed);
  if (drops.features != 0) dropout(pass, normed, drops.mask(embedding_place_, drops.features), {}, normed);
  return normed;
}

Variable Encoder::stream(Pass& pass, const PackedRows& rows, int64_t layer, const ForwardOptions& options, const Tap& tap) const {
  if (layer < 0 || layer > spec_.layers)
    fail(ErrorCode::invalid_argument, "layer is ", layer, " but this model has 0 (the embedding) to ", spec_.layers);
  check_rows(rows, {spec_.vocab_size, spec_.max_positions});
  const Tensor offsets = pass.upload(rows.offsets, Shape{rows.rows + 1}, DType::i32);
  const auto adapted = std::make_shared<const Adaptation>(adaptation(pass, rows, options));
  const auto& dropping = options.dropout;
  Drops drops{{}, dropping.features, dropping.probabilities};
  if (drops.features != 0 || drops.probabilities != 0) drops.rows = row_streams(pass, rows, dropping);

  Variable stream = embedded(pass, rows, drops);
  if (tap) tap(pass, 0, stream);
  for (int64_t i = 0; i < layer; ++i) {
    pass.poll();
    const Block& block = blocks_[static_cast<size_t>(i)];
    BlockRows of_block{offsets, *adapted};
    of_block.drops = drops;
    const Variable after = pass.training() ? Variable{pass.push_left(stream.value.shape, DType::f32), stream.grad} : stream;
    const BlockBody body = [&block, of_block, adapted, around = Stream{stream, after}](Pass& in) { run(in, block, of_block, around); };
    if (pass.training() && options.recompute)
      recompute_block(pass, body);
    else
      run_block(pass, body);
    stream = after;
    if (tap) tap(pass, i + 1, stream);
  }
  return stream;
}

void Encoder::pool(Pass& pass, const Variable& x, const Variable& y) const {
  if (!pooler_) fail(ErrorCode::invalid_argument, "this model has no pooler");
  dense(pass, x, *pooler_, y);
}

const Encoder::Guess& Encoder::guess() const {
  if (!guess_) fail(ErrorCode::invalid_argument, "this model has no head that guesses masked tokens");
  return *guess_;
}

void Encoder::prepare_guess(Pass& pass, const Variable& x, const Variable& y) const {
  const Variable inner = pass.training() ? pass.activation(y.value.shape) : y;
  dense(pass, x, guess().dense, inner);
  layer_norm(pass, inner, guess().norm, y);
}

const LinearParameters& Encoder::guesses() const { return guess().output; }

}  // namespace xling
