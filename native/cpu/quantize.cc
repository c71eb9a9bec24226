#include "kernels/quantize.h"

#include <algorithm>
#include <vector>

#include "core/host_limits.h"
#include "cpu/cpu_backend.h"
#include "cpu/decode/decode_row.h"
#include "cpu/encode/absmax.h"
#include "cpu/encode/nf4.h"
#include "cpu/encode/q4_0.h"
#include "cpu/encode/q8_0.h"

namespace xling {

namespace {

// Rows follow one another in every storage and hold whole blocks, so a matrix is
// cut as if it were one long row. A multiple of every block, and about ten
// microseconds of work.
constexpr int64_t elements_per_task = 16384;
static_assert(elements_per_task % 256 == 0);

// What one task writes of the matrix: elements [begin, end).
struct Piece {
  const float* x;
  uint8_t* blocks;
  int64_t begin, end;
};

template <class Round>
void encode_numbers(const Piece& piece, const Round& round) {
  using Number = decltype(round(0.0f));
  for (int64_t i = piece.begin; i < piece.end; ++i)
    store(piece.blocks + i * static_cast<int64_t>(sizeof(Number)), round(piece.x[i]));
}

template <Storage storage, class Encode>
void encode_blocks(const Piece& piece, const Encode& encode) {
  const int64_t elements = elements_per_block(storage);
  const auto bytes = static_cast<int64_t>(bytes_per_block(storage));
  for (int64_t i = piece.begin; i < piece.end; i += elements) encode(piece.x + i, piece.blocks + i / elements * bytes);
}

// absmax(block, value) keeps a block's scale.
template <class Keep>
void encode_nf4_blocks(const Piece& piece, const Keep& absmax) {
  for (int64_t i = piece.begin; i < piece.end; i += nf4_block)
    absmax(i / nf4_block, encode_nf4(piece.x + i, piece.blocks + i / 2));
}

float mean_of(const std::vector<float>& values) {
  double sum = 0;
  for (float value : values) sum += value;
  return values.empty() ? 0.0f : static_cast<float>(sum / static_cast<double>(values.size()));
}

}  // namespace

void CpuBackend::execute(const Quantize& op) {
  const int64_t rows = op.x.shape[0], cols = op.x.shape[1];
  auto* blocks = op.blocks.as<uint8_t>();
  const auto encode = [&](auto&& body) {
    split(rows * cols, elements_per_task, [&](int64_t begin, int64_t end) { body(Piece{op.x.as<float>(), blocks, begin, end}); });
  };
  switch (op.storage) {
    case Storage::f32: return encode([](const Piece& piece) { encode_numbers(piece, [](float x) { return x; }); });
    case Storage::bf16: return encode([](const Piece& piece) { encode_numbers(piece, to_bf16); });
    case Storage::f16: return encode([](const Piece& piece) { encode_numbers(piece, to_f16); });
    case Storage::q8_0: return encode([](const Piece& piece) { encode_blocks<Storage::q8_0>(piece, encode_q8_0); });
    case Storage::q4_0: return encode([](const Piece& piece) { encode_blocks<Storage::q4_0>(piece, encode_q4_0); });
    default: break;
  }
  const Nf4Layout layout = nf4_layout(op.storage, rows, cols);
  if (op.storage == Storage::nf4)
    return encode([&](const Piece& piece) {
      encode_nf4_blocks(piece, [&](int64_t block, float absmax) { store(blocks + layout.absmax + 4 * block, absmax); });
    });

  require_memory(sizeof(float) * static_cast<size_t>(layout.blocks), "the scales of a matrix");
  std::vector<float> absmax(static_cast<size_t>(layout.blocks));
  encode([&](const Piece& piece) {
    encode_nf4_blocks(piece, [&](int64_t block, float value) { absmax[static_cast<size_t>(block)] = value; });
  });
  // One sum in the order of the blocks, whoever found them.
  const float offset = mean_of(absmax);
  store(blocks + layout.offset, offset);
  uint8_t* codes = blocks + layout.absmax;
  std::fill(codes + layout.blocks, blocks + layout.group_absmax, uint8_t{0});
  split(layout.blocks, nf4d_group, [&](int64_t begin, int64_t end) {
    const float largest = encode_absmax_group(absmax.data() + begin, end - begin, offset, codes + begin);
    store(blocks + layout.group_absmax + 4 * (begin / nf4d_group), largest);
  });
}

void CpuBackend::execute(const Dequantize& op) {
  const int64_t count = op.y.shape[0] * op.y.shape[1];
  const StoredMatrix matrix{op.storage, op.blocks.data, 1, count};
  split(count, elements_per_task, [&](int64_t begin, int64_t end) {
    decode_row(matrix, 0, begin, end - begin, op.y.as<float>() + begin);
  });
}

}  // namespace xling
