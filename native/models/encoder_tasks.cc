#include "models/encoder_tasks.h"

#include <algorithm>

#include "autograd/block.h"
#include "autograd/pool.h"

namespace xling {

namespace {

// A gradient beside it, if anything trains, until the pass ends.
Variable lasting(const Pass& pass, const Shape& shape) {
  Variable out{pass.push_left(shape, DType::f32), {}};
  if (!pass.training()) return out;
  out.grad = pass.push_left(shape, DType::f32);
  pass.backend.zero(out.grad.data, out.grad.bytes());
  return out;
}

// The rows' vectors before the pooler, [rows, H].
Variable pooled(Pass& pass, const EncoderPass& what, const SentenceVector& vector) {
  const auto& [encoder, rows, options] = what;
  const Tensor offsets = pass.upload(rows.offsets, Shape{rows.rows + 1}, DType::i32);
  const Variable out = lasting(pass, {rows.rows, encoder.spec().hidden_size});
  const float share = 1 / static_cast<float>(vector.layers.size());
  Write write = Write::assign;
  const auto take = [&](Pass& in, int64_t layer, const Variable& stream) {
    for (const int64_t wanted : vector.layers) {
      if (wanted != layer) continue;
      pool(in, stream, offsets, out, {vector.pooling, share, write});
      write = Write::accumulate;
    }
  };
  encoder.stream(pass, rows, vector.layers.back(), options, take);
  return out;
}

}  // namespace

int64_t vector_width(const EncoderSpec& spec, const SentenceVector& vector) {
  return vector.pooler && spec.pooler ? spec.pooler->outputs : spec.hidden_size;
}

Runner::Body hidden_states(const EncoderPass& what, int64_t layer, float* out) {
  return [what, layer, out](Pass& pass) {
    const Variable stream = what.encoder.stream(pass, what.rows, layer, what.options, {});
    pass.backend.read(out, stream.value.data, stream.value.bytes());
  };
}

Runner::Body sentence_vectors(const EncoderPass& what, const SentenceVector& vector, float* out) {
  return [what, vector, out](Pass& pass) {
    Variable vectors = pooled(pass, what, vector);
    if (vector.pooler) {
      const Variable through{pass.push_left({what.rows.rows, vector_width(what.encoder.spec(), vector)}, DType::f32), {}};
      what.encoder.pool(pass, vectors, through);
      vectors = through;
    }
    pass.backend.read(out, vectors.value.data, vectors.value.bytes());
  };
}

Runner::Body accumulate_contrastive(const EncoderPass& what, const SentenceVector& vector, const ContrastiveOptions& options, float* out) {
  return [what, vector, options, out](Pass& pass) {
    const Tensor loss = pass.push_left(Shape{1}, DType::f32);
    Tape tape;
    Pass training{pass.backend, pass.arena, &tape, pass.cancel};
    const Variable before = pooled(training, what, vector);
    run_block(training, [&](Pass& block) {
      if (!vector.pooler) return contrastive(block, before, options, loss);
      const Variable through = lasting(block, {what.rows.rows, vector_width(what.encoder.spec(), vector)});
      what.encoder.pool(block, before, through);
      contrastive(block, through, options, loss);
    });
    tape.backward(pass.arena);
    pass.backend.read(out, loss.data, loss.bytes());
  };
}

Runner::Body accumulate_masked_lm(const EncoderPass& what, const Targets& targets, float* out) {
  return [what, &targets, out](Pass& pass) {
    const Encoder& encoder = what.encoder;
    const auto count = static_cast<int64_t>(targets.tokens.size());
    const Shape picked_shape{count, encoder.spec().hidden_size};
    const Tensor loss = pass.push_left(Shape{1}, DType::f32);
    Tape tape;
    Pass training{pass.backend, pass.arena, &tape, pass.cancel};
    const Variable stream = encoder.stream(training, what.rows, encoder.spec().layers, what.options, {});
    run_block(training, [&](Pass& block) {
      const Variable picked = block.activation(picked_shape);
      pick_rows(block, block.upload(targets.tokens.data(), Shape{count}, DType::i32), stream, picked);
      const Variable prepared = lasting(block, picked_shape);
      encoder.prepare_guess(block, picked, prepared);
      const Tensor labels = block.upload(targets.labels.data(), Shape{count}, DType::i32);
      linear_cross_entropy(block, prepared, encoder.guesses(), {labels}, loss);
    });
    tape.backward(pass.arena);
    pass.backend.read(out, loss.data, loss.bytes());
  };
}

}  // namespace xling
