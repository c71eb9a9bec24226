#include "models/decoder.h"

#include "autograd/block.h"
#include "autograd/soft_cap.h"

namespace xling {

namespace {

// Slots of one block, or of the whole model, as layers take them.
class SlotReader {
 public:
  SlotReader(const ModelWeights& weights, const Trainables* trainables, std::string prefix)
      : weights_(weights), trainables_(trainables), prefix_(std::move(prefix)) {}

  LinearParameters linear(const char* name) const {
    const std::string bias = prefix_ + name + ".bias";
    return {weights_.matrix(prefix_ + name), gradient(prefix_ + name), weights_.has(bias) ? parameter(bias) : Parameter{}};
  }
  RmsNormParameters norm(const char* name, const DecoderSpec& spec) const {
    return {parameter(prefix_ + name), spec.norm_eps, spec.norm_offset};
  }

 private:
  Tensor gradient(const std::string& slot) const { return trainables_ ? trainables_->gradient(slot) : Tensor{}; }
  Parameter parameter(const std::string& slot) const { return {weights_.vector(slot), gradient(slot)}; }

  const ModelWeights& weights_;
  const Trainables* trainables_;
  std::string prefix_;
};

int32_t start_of(const Continuation* cache, int64_t row) { return cache ? cache->starts[row] : 0; }

}  // namespace

Decoder::Decoder(const DecoderSpec& spec, const ModelWeights& weights, const Trainables* trainables) : spec_(spec) {
  const SlotReader whole(weights, trainables, "");
  const LinearParameters embedding = whole.linear("embedding");
  embedding_ = {embedding.weight, embedding.weight_grad, spec.embedding_scale};
  for (size_t i = 0; i < spec.layers.size(); ++i) blocks_.push_back(block(weights, trainables, i));
  norm_ = whole.norm("norm", spec);
  head_ = spec.tied_head ? embedding : whole.linear("head");
}

Decoder::Block Decoder::block(const ModelWeights& weights, const Trainables* trainables, size_t index) const {
  const SlotReader slots(weights, trainables, "layers." + std::to_string(index) + ".");
  size_t number = index * linear_layers_per_block;
  const auto linear = [&](const char* name) { return LinearLayer{slots.linear(name), number++}; };
  const auto norm_if = [&](bool has, const char* name) {
    return has ? std::optional(slots.norm(name, spec_)) : std::nullopt;
  };
  const auto& layer = spec_.layers[index];
  const bool after = spec_.after_norms, per_head = spec_.query_key_norm;
  Block out{};
  out.attention_norm = slots.norm("attentionNorm", spec_);
  out.attention = {linear("query"),
                   linear("key"),
                   linear("value"),
                   norm_if(per_head, "queryNorm"),
                   norm_if(per_head, "keyNorm"),
                   {linear("output"), norm_if(after, "attentionAfterNorm")},
                   spec_.heads,
                   spec_.key_value_heads,
                   spec_.head_dim,
                   spec_.attention_scale,
                   layer.window};
  out.mlp_norm = slots.norm("mlpNorm", spec_);
  out.mlp = {linear("gate"), linear("up"), {linear("down"), norm_if(after, "mlpAfterNorm")}, spec_.activation};
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

Adaptation Decoder::adaptation(Pass& pass, const PackedRows& rows, const ForwardOptions& options) {
  Adaptation out;
  for (const auto& [begin, end, layers, rate] : options.adapters) {
    AdapterSegment segment{rows.offsets[begin], rows.offsets[end], layers, rate, {}};
    if (rate != 0) {
      std::vector<int32_t> offsets(rows.offsets + begin, rows.offsets + end + 1);
      for (int32_t& offset : offsets) offset -= rows.offsets[begin];
      const Tensor keys = pass.upload(options.dropout.keys + 3 * begin, {end - begin, 3}, DType::i32);
      segment.streams = {pass.upload(offsets.data(), Shape{end - begin + 1}, DType::i32), keys, options.dropout.seed, options.dropout.step};
    }
    out.push_back(segment);
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
    self_attention(pass, normed, block.attention, rows, {stream.before, middle});
  }
  SubLayer scope(pass);
  const Variable normed = pass.activation(shape);
  rms_norm(pass, middle, block.mlp_norm, {}, normed);
  gated_mlp(pass, normed, block.mlp, rows.adaptation, {middle, stream.after});
}

Variable Decoder::stream(Pass& pass, const PackedRows& rows, int64_t layer, const ForwardOptions& options) const {
  const auto last = static_cast<int64_t>(blocks_.size());
  if (layer < 0 || layer > last)
    fail(ErrorCode::invalid_argument, "layer is ", layer, " but this model has 0 (the embedding) to ", last);
  const Continuation* cache = options.cache;
  check_rows(rows, cache);
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
    BlockRows of_block{offsets, tables[block.rope], *adapted, {}};
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
