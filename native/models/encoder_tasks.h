// What is asked of an encoder, as bodies for a Runner. Pointers into host
// memory must live as long as the body; on a counting device they may be null.
#pragma once

#include <vector>

#include "autograd/contrastive.h"
#include "models/encoder.h"
#include "models/runner.h"
#include "models/targets.h"

namespace xling {

// How a row's tokens become one vector.
struct SentenceVector {
  Pooling pooling = Pooling::mean;
  std::vector<int64_t> layers;  // whose pooled vectors' mean it is, ascending; a layer may stand there twice
  bool pooler = false;          // whether that goes through the pooler
};

// A forward and its rows.
struct EncoderPass {
  const Encoder& encoder;
  PackedRows rows;
  ForwardOptions options;
};

// Numbers of a sentence's vector.
int64_t vector_width(const EncoderSpec& spec, const SentenceVector& vector);

// The residual stream after `layer`, [T, H] f32, to `out`.
Runner::Body hidden_states(const EncoderPass& what, int64_t layer, float* out);

// A vector for each row, [rows, width] f32, to `out`.
Runner::Body sentence_vectors(const EncoderPass& what, const SentenceVector& vector, float* out);

// The contrastive loss of rows that lie as its contract wants them, summed over anchors, f32, to `out`; its gradient is
// added to those of whatever trains.
Runner::Body accumulate_contrastive(const EncoderPass& what, const SentenceVector& vector, const ContrastiveOptions& options, float* out);

// The sum of -log p(label) over targets that are guessed from their own places, f32, to `out`, and its gradient, as above.
Runner::Body accumulate_masked_lm(const EncoderPass& what, const Targets& targets, float* out);

}  // namespace xling
