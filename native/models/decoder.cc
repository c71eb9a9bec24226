#include "models/decoder.h"

#include "autograd/soft_cap.h"

namespace xling {

namespace {

// Slots of one block, or of the whole model, as layers take them.
class SlotReader {
 public:
  SlotReader(const DecoderSpec& spec, const ModelWeights& weights, std::string prefix)
      : spec_(spec), weights_(weights), prefix_(std::move(prefix)) {}

  LinearParameters linear(const char* name) const {
    LinearParameters out{weights_.matrix(prefix_ + name), {}, {}};
    const std::string bias = prefix_ + name + ".bias";
    if (weights_.has(bias)) out.bias.value = weights_.vector(bias);
    return out;
  }
  RmsNormParameters norm(const char* name) const {
    return {{weights_.vector(prefix_ + name), {}}, spec_.norm_eps, spec_.norm_offset};
  }
  std::optional<RmsNormParameters> norm_if(bool has, const char* name) const {
    return has ? std::optional(norm(name)) : std::nullopt;
  }

 private:
  const DecoderSpec& spec_;
  const ModelWeights& weights_;
  std::string prefix_;
};

int32_t start_of(const Continuation* cache, int64_t row) { return cache ? cache->starts[row] : 0; }

}  // namespace

Decoder::Decoder(const DecoderSpec& spec, const ModelWeights& weights) : spec_(spec) {
  const SlotReader whole(spec, weights, "");
  embedding_ = weights.matrix("embedding");
  for (size_t i = 0; i < spec.layers.size(); ++i) blocks_.push_back(block(weights, i));
  norm_ = whole.norm("norm");
  head_ = whole.linear(spec.tied_head ? "embedding" : "head");
}

Decoder::Block Decoder::block(const ModelWeights& weights, size_t index) const {
  const SlotReader slots(spec_, weights, "layers." + std::to_string(index) + ".");
  const auto& layer = spec_.layers[index];
  const bool after = spec_.after_norms, per_head = spec_.query_key_norm;
  Block out{};
  out.attention_norm = slots.norm("attentionNorm");
  out.attention = {slots.linear("query"),
                   slots.linear("key"),
                   slots.linear("value"),
                   slots.norm_if(per_head, "queryNorm"),
                   slots.norm_if(per_head, "keyNorm"),
                   {slots.linear("output"), slots.norm_if(after, "attentionAfterNorm")},
                   spec_.heads,
                   spec_.key_value_heads,
                   spec_.head_dim,
                   spec_.attention_scale,
                   layer.window};
  out.mlp_norm = slots.norm("mlpNorm");
  out.mlp = {slots.linear("gate"), slots.linear("up"), {slots.linear("down"), slots.norm_if(after, "mlpAfterNorm")}, spec_.activation};
  out.rope = static_cast<size_t>(layer.rope);
  return out;
}

void Decoder::check_rows(const PackedRows& rows, const Continuation* cache) const {
  for (int64_t row = 0; row < rows.rows; ++row) {
    const int64_t begin = rows.offsets[row], end = rows.offsets[row + 1];
    const int64_t length = start_of(cache, row) + end - begin;
    if (length > spec_.max_positions)
      fail(ErrorCode::invalid_argument, "row ", row, " has ", length, " tokens but the context holds ", spec_.max_positions,
           "; shorten it");
    for (int64_t t = begin; t < end; ++t)
      if (rows.ids[t] < 0 || rows.ids[t] >= spec_.vocab_size)
        fail(ErrorCode::invalid_argument, "row ", row, ": id ", rows.ids[t], " at token ", t - begin, " is not one of 0 to ",
             spec_.vocab_size - 1, "; does the tokenizer belong to this model?");
  }
}

std::vector<RopeAngles> Decoder::angles(Pass& pass, const PackedRows& rows, const Continuation* cache) const {
  const int64_t tokens = rows.tokens(), half = spec_.head_dim / 2;
  std::vector<int32_t> places(static_cast<size_t>(tokens));
  for (int64_t row = 0; row < rows.rows; ++row)
    for (int32_t t = rows.offsets[row]; t < rows.offsets[row + 1]; ++t)
      places[static_cast<size_t>(t)] = start_of(cache, row) + t - rows.offsets[row];
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

Tensor Decoder::hidden(Pass& pass, const PackedRows& rows, int64_t layer, const Continuation* cache) const {
  const auto last = static_cast<int64_t>(blocks_.size());
  if (layer < 0 || layer > last)
    fail(ErrorCode::invalid_argument, "layer is ", layer, " but this model has 0 (the embedding) to ", last);
  check_rows(rows, cache);
  const int64_t tokens = rows.tokens();
  const Shape shape{tokens, spec_.hidden_size};
  Variable stream = pass.activation(shape);
  const Tensor ids = pass.upload(rows.ids, Shape{tokens}, DType::i32);
  const Tensor offsets = pass.upload(rows.offsets, Shape{rows.rows + 1}, DType::i32);
  const Tensor slots = cache ? pass.upload(cache->slots, Shape{rows.rows}, DType::i32) : Tensor{};
  const Tensor starts = cache ? pass.upload(cache->starts, Shape{rows.rows}, DType::i32) : Tensor{};
  pass.backend.run(Embedding{ids, embedding_, stream.value, spec_.embedding_scale});
  const auto tables = angles(pass, rows, cache);

  for (int64_t i = 0; i < layer; ++i) {
    pass.poll();
    const Block& block = blocks_[static_cast<size_t>(i)];
    const auto sub_layer = [&](const RmsNormParameters& norm, const auto& body) {
      SubLayer scope(pass);
      const Variable normed = pass.activation(shape);
      rms_norm(pass, stream, norm, {}, normed);
      body(normed, Stream{stream, stream});
    };
    sub_layer(block.attention_norm, [&](const Variable& x, const Stream& around) {
      RowGeometry geometry{offsets, tables[block.rope], {}};
      if (cache) geometry.cached = {slots, starts, cache->layers[static_cast<size_t>(i)]};
      self_attention(pass, x, block.attention, geometry, around);
    });
    sub_layer(block.mlp_norm, [&](const Variable& x, const Stream& around) { gated_mlp(pass, x, block.mlp, around); });
  }
  if (layer == last) rms_norm(pass, stream, norm_, {}, stream);
  return stream.value;
}

void Decoder::head(Pass& pass, const Tensor& hidden, const Tensor& logits) const {
  const Variable out{logits, {}};
  linear(pass, {hidden, {}}, head_, {}, out);
  if (spec_.logit_softcap != 0) soft_cap(pass, out, out, spec_.logit_softcap);
}

}  // namespace xling
