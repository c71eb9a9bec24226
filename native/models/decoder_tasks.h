// What is asked of a decoder, as bodies for a Runner. Pointers into host
// memory must live as long as the body; on a counting device they may be null.
#pragma once

#include <vector>

#include "models/decoder.h"
#include "models/runner.h"
#include "models/targets.h"

namespace xling {

// What the head reads at `tokens`, R places in the packed rows: [R, H] f32 on the arena's left.
Tensor last_hidden_at(Pass& pass, const Decoder& decoder, const PackedRows& rows, const std::vector<int32_t>& tokens,
                      const ForwardOptions& options);

// Calls `use` with the logits [r, V] f32 of some rows of hidden [R, H] after another, of which `begin` is the
// first: at most 64 MiB exist at once.
void for_logits(Pass& pass, const Decoder& decoder, const Tensor& hidden,
                const std::function<void(const Tensor& logits, int64_t begin)>& use);

// A forward and its rows.
struct DecoderPass {
  const Decoder& decoder;
  PackedRows rows;
  ForwardOptions options;
};

// The residual stream after `layer`, after the final norm for the last, [T, H] f32, to `out`.
Runner::Body hidden_states(const DecoderPass& what, int64_t layer, float* out);

// Logits [R, V] f32 at `tokens`, R places in the packed rows, to `out`.
Runner::Body logits_at(const DecoderPass& what, const std::vector<int32_t>& tokens, float* out);

// The sum of -log p(label) over the targets, f32, to `out`.
Runner::Body loss_sum(const DecoderPass& what, const Targets& targets, float* out);

// The same, and its gradient is added to those of whatever trains.
Runner::Body accumulate_loss(const DecoderPass& what, const Targets& targets, float* out);

}  // namespace xling
