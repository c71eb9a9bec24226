#include "cpu/decode/decode_row.h"

#include "core/dtype.h"
#include "cpu/decode/k_quants.h"
#include "cpu/decode/nf4.h"
#include "cpu/decode/q4.h"
#include "cpu/decode/q5.h"
#include "cpu/decode/q8_0.h"

namespace xling {

namespace {

// A piece of a row whose blocks follow one another.
struct Piece {
  const uint8_t* from;
  int64_t count;  // elements
  float* out;
};

template <class Number>
void widen(const Piece& piece) {
  for (int64_t i = 0; i < piece.count; ++i)
    piece.out[i] = to_f32(load<Number>(piece.from + i * static_cast<int64_t>(sizeof(Number))));
}

template <Storage storage, class Decode>
void decode_blocks(const Piece& piece, const Decode& decode) {
  const int64_t elements = elements_per_block(storage);
  const size_t bytes = bytes_per_block(storage);
  const uint8_t* from = piece.from;
  for (int64_t i = 0; i < piece.count; i += elements, from += bytes) decode(from, piece.out + i);
}

// absmax_of(block): the scale of a block of the matrix.
template <class AbsmaxOf>
void decode_nf4_blocks(const Piece& piece, int64_t first_block, const AbsmaxOf& absmax_of) {
  for (int64_t i = 0; i < piece.count; i += nf4_block)
    decode_nf4(piece.from + i / 2, absmax_of(first_block + i / nf4_block), piece.out + i);
}

}  // namespace

void decode_row(const StoredMatrix& matrix, int64_t row, int64_t first_col, int64_t count, float* out) {
  const auto* data = static_cast<const uint8_t*>(matrix.data);
  // Codes of both NF4s lie as rows of blocks too.
  const int64_t first_block = (row * matrix.cols + first_col) / elements_per_block(matrix.storage);
  const Piece piece{data + first_block * static_cast<int64_t>(bytes_per_block(matrix.storage)), count, out};
  switch (matrix.storage) {
    case Storage::f32: return widen<float>(piece);
    case Storage::bf16: return widen<bfloat16>(piece);
    case Storage::f16: return widen<float16>(piece);
    case Storage::nf4: {
      const Nf4Layout layout = nf4_layout(matrix.storage, matrix.rows, matrix.cols);
      return decode_nf4_blocks(piece, first_block, [&](int64_t block) { return nf4_absmax(data, layout, block); });
    }
    case Storage::nf4d: {
      const Nf4Layout layout = nf4_layout(matrix.storage, matrix.rows, matrix.cols);
      return decode_nf4_blocks(piece, first_block, [&](int64_t block) { return nf4d_absmax(data, layout, block); });
    }
    case Storage::q8_0: return decode_blocks<Storage::q8_0>(piece, decode_q8_0);
    case Storage::q4_0: return decode_blocks<Storage::q4_0>(piece, decode_q4_0);
    case Storage::q4_1: return decode_blocks<Storage::q4_1>(piece, decode_q4_1);
    case Storage::q5_0: return decode_blocks<Storage::q5_0>(piece, decode_q5_0);
    case Storage::q5_1: return decode_blocks<Storage::q5_1>(piece, decode_q5_1);
    case Storage::q4_k: return decode_blocks<Storage::q4_k>(piece, decode_q4_k);
    case Storage::q5_k: return decode_blocks<Storage::q5_k>(piece, decode_q5_k);
    case Storage::q6_k: return decode_blocks<Storage::q6_k>(piece, decode_q6_k);
  }
}

}  // namespace xling
