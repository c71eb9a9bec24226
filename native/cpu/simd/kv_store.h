// Where the numbers of a cache's slot lie, and how tokens get there.
//
// A head of a slot is C/96 tiles of 96 places, each 96·D numbers, cut into
// panels of `Columns` numbers side by side so that both products of attention
// read them as they lie:
//   keys    [96 / Columns, D, Columns]  panels of places
//   values  [D / Columns, 96, Columns]  panels of features, the last one narrower where D is no multiple
#pragma once

#include "cpu/simd/attention_decode_loops.h"

namespace xling::simd {

template <class V, int Columns>
struct KvHead {
  static constexpr int tile = attention_tile;
  static_assert(tile % Columns == 0);
  int64_t places, width;
  float* keys;
  float* values;

  KvHead(const AttentionDecode& op, int64_t slot, int64_t head)
      : places(op.keys.shape.dims[2]), width(op.keys.shape.dims[3]) {
    const int64_t offset = (slot * op.keys.shape.dims[1] + head) * places * width;
    keys = static_cast<float*>(op.keys.data) + offset;
    values = static_cast<float*>(op.values.data) + offset;
  }

  // Where the tile of a position begins, in keys and in values.
  int64_t tile_at(int64_t position) const { return position % places / tile * tile * width; }
  // In its tile: feature 0 of a place's key, whose others follow in steps of Columns, …
  int64_t key_at(int place) const { return place / Columns * Columns * width + place % Columns; }
  // … and the panel of its value's features from `column` on, a multiple of Columns.
  int64_t values_at(int64_t column) const { return column * tile; }
  int64_t panel_width(int64_t column) const { return width - column < Columns ? width - column : Columns; }
};

template <class V, int Columns>
void kv_store(const AttentionDecode& op, const CacheTokens& at) {
  const int64_t heads = op.k.shape.dims[1], width = op.k.shape.dims[2];
  for (int64_t head = 0; head < heads; ++head) {
    const KvHead<V, Columns> into(op, at.slot, head);
    const auto from = [&](const Tensor& tensor, int64_t i) {
      return static_cast<const float*>(tensor.data) + ((at.token + i) * heads + head) * width;
    };
    for (int64_t i = 0; i < at.count;) {
      // Tokens of one panel of keys go in together: they share its cache lines.
      const int64_t position = at.position + i, tile = into.tile_at(position);
      const int place = static_cast<int>(position % into.tile);
      const int64_t room = Columns - place % Columns, left = at.count - i, together = left < room ? left : room;
      float* key = into.keys + tile + into.key_at(place);
      const float* k = from(op.k, i);
      for (int64_t d = 0; d < width; ++d, key += Columns)
        for (int64_t j = 0; j < together; ++j) key[j] = k[j * heads * width + d];
      for (int64_t j = 0; j < together; ++j)
        for (int64_t column = 0; column < width; column += Columns) {
          const int64_t count = into.panel_width(column);
          __builtin_memcpy(into.values + tile + into.values_at(column) + (place + j) * count, from(op.v, i + j) + column,
                           sizeof(float) * static_cast<unsigned>(count));
        }
      i += together;
    }
  }
}

}  // namespace xling::simd
