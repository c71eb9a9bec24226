#include "models/decoder.h"

#include "autograd/block.h"
#include "autograd/soft_cap.h"
#include "models/decoder_slots.h"

namespace xling {

Decoder::Decoder(const DecoderSpec& spec, const ModelWeights& weights, const Trainables* trainables) : spec_(spec) {
  const SlotReader slots(decoder_slots(spec), weights, trainables);
  const LinearParameters embedding = slots.linear("embedding");
  embedding_ = {embedding.weight, embedding.weight_grad, spec.embedding_scale};
  for (size_t i = 0; i < spec.layers.size(); ++i) blocks_.push_back(block(slots, i));
  norm_ = {slots.parameter("norm"), spec.norm_eps, spec.norm_offset};
  head_ = spec.tied_head ? embedding : slots.linear("head");
}

Decoder::Block Decoder::block(const SlotReader& slots, size_t index) const {
  const std::string prefix = "layers." + std::to_string(index) + ".";
  const auto linear = [&](const char* name) { return slots.layer(prefix + name); };
  const auto norm = [&](const char* name) {
    return RmsNormParameters{slots.parameter(prefix + name), spec_.norm_eps, spec_.norm_offset};
  };
  const auto norm_if = [&](bool has, const char* name) { return has ? std::optional(norm(name)) : std::nullopt; };
  const auto& layer = spec_.layers[index];
  const bool after = spec_.after_norms, per_head = spec_.query_key_norm;
  Block out{};
  out.attention_norm = norm("attentionNorm");
  out.attention = {linear("query"),
                   linear("key"),
                   linear("value"),
                   norm_if(per_head, "queryNorm"),
                   norm_if(per_head, "keyNorm"),
                   spec_.heads,
                   spec_.key_value_heads,
                   spec_.head_dim,
                   spec_.attention_scale,
                   static_cast<int32_t>(layer.window - 1),  // without a window, -1: all
                   0};
  out.attention_back = {linear("output"), norm_if(after, "attentionAfterNorm")};
  out.mlp_norm = norm("mlpNorm");
  out.mlp = {linear("gate"), linear("up"), spec_.activation};
  out.mlp_back = {linear("down"), norm_if(after, "mlpAfterNorm")};
  out.rope = static_cast<size_t>(layer.rope);
  return out;
}

std::vector<RopeAngles> Decoder::angles(Pass& pass, const PackedRows& rows, const Continuation* cache) const {
  const int64_t tokens = rows.tokens(), half = spec_.head_dim / 2;
  const auto places = places_of(rows, cache ? cache->starts : nullptr);
  const Tensor positions = pass.upload(places.data(), Shape{tokens}, DType::i32);
  std::vector<RopeAngles> out;
  for (const auto& rope : spec_.ropes) {
    const Tensor frequencies = pass.upload(rope.frequencies.data(), Shape{half}, DType::f32);
    const RopeAngles table{pass.push_left({tokens, half}, DType::f32), pass.push_left({tokens, half}, DType::f32)};
    pass.backend.run(RopeTable{positions, frequencies, table.cos, table.sin, rope.scale});
    out.push_back(table);
  }
  return out;
}

void Decoder::run(Pass& pass, const Block& block, const BlockRows& rows, const Stream& stream) {
  const Shape& shape = stream.before.value.shape;
  // Both sub-layers may write one place, unless backward will read what is between them.
  const Variable middle = pass.training() ? Variable{pass.push_left(shape, DType::f32), stream.after.grad} : stream.after;
  {
    SubLayer scope(pass);
    const Variable normed = pass.activation(shape);
    rms_norm(pass, stream.before, block.attention_norm, {}, normed);
    const Variable mixed = self_attention(pass, normed, block.attention, rows);
    join_residual(pass, mixed, block.attention_back, rows.adaptation, {stream.before, middle});
  }
  SubLayer scope(pass);
  const Variable normed = pass.activation(shape);
  rms_norm(pass, middle, block.mlp_norm, {}, normed);
  const Variable inner = gated_mlp(pass, normed, block.mlp, rows.adaptation);
  join_residual(pass, inner, block.mlp_back, rows.adaptation, {middle, stream.after});
}

Variable Decoder::stream(Pass& pass, const PackedRows& rows, int64_t layer, const ForwardOptions& options) const {
  const auto last = static_cast<int64_t>(blocks_.size());
  if (layer < 0 || layer > last)
    fail(ErrorCode::invalid_argument, "layer is ", layer, " but this model has 0 (the embedding) to ", last);
  const Continuation* cache = options.cache;
  check_rows(rows, {spec_.vocab_size, spec_.max_positions}, cache ? cache->starts : nullptr);
  const Shape shape{rows.tokens(), spec_.hidden_size};
  const Tensor ids = pass.upload(rows.ids, Shape{rows.tokens()}, DType::i32);
  const Tensor offsets = pass.upload(rows.offsets, Shape{rows.rows + 1}, DType::i32);
  const Tensor slots = cache ? pass.upload(cache->slots, Shape{rows.rows}, DType::i32) : Tensor{};
  const Tensor starts = cache ? pass.upload(cache->starts, Shape{rows.rows}, DType::i32) : Tensor{};
  const auto tables = angles(pass, rows, cache);
  const auto adapted = std::make_shared<const Adaptation>(adaptation(pass, rows, options));

  // What a block adds to the stream leaves the stream's gradient as it is, so all of it has one.
  Variable stream{pass.push_left(shape, DType::f32), {}};
  if (pass.training()) {
    stream.grad = pass.push_left(shape, DType::f32);
    pass.backend.zero(stream.grad.data, stream.grad.bytes());
  }
  embedding(pass, ids, embedding_, stream);
  for (size_t i = 0; i < static_cast<size_t>(layer); ++i) {
    pass.poll();
    const Block& block = blocks_[i];
    BlockRows of_block{offsets, *adapted, tables[block.rope]};
    if (cache) of_block.cached = {slots, starts, cache->layers[i]};
    const Variable after = pass.training() ? Variable{pass.push_left(shape, DType::f32), stream.grad} : stream;
    const BlockBody body = [&block, of_block, adapted, around = Stream{stream, after}](Pass& in) { run(in, block, of_block, around); };
    if (pass.training() && options.recompute)
      recompute_block(pass, body);
    else
      run_block(pass, body);
    stream = after;
  }
  return stream;
}

void Decoder::head(Pass& pass, const Tensor& hidden, const Tensor& logits) const {
  const Variable out{logits, {}};
  linear(pass, {hidden, {}}, head_, {}, out);
  if (spec_.logit_softcap != 0) soft_cap(pass, out, out, spec_.logit_softcap);
}

}  // namespace xling
