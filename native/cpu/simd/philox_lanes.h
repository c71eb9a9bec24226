// core/philox.h over lanes V, for loops that want many words of one stream: the
// words of neighbouring groups, in their order, or those of a group per lane.
#pragma once

#include "core/philox.h"
#include "cpu/simd/sample_loops.h"

namespace xling::simd {

template <class V>
class PhiloxLanes {
  using Wides = typename V::wides;
  using Ints = typename V::ints;

 public:
  static constexpr int block = V::lanes / 2;  // groups that one state holds, of two vectors of words

  // Round keys are the same for every group.
  explicit PhiloxLanes(const WordsAt& at) : upper0_(Wides::splat(at.upper[0])), upper1_(Wides::splat(at.upper[1])) {
    uint32_t key0 = at.key[0], key1 = at.key[1];
    for (int round = 0; round < philox_rounds; ++round) {
      key0_[round] = Wides::splat(key0);
      key1_[round] = Wides::splat(key1);
      key0 += philox_weyl0;
      key1 += philox_weyl1;
    }
  }

  // The words of Blocks * block groups from `group` on. A round waits for the
  // products of the one before it: several blocks keep the multipliers busy meanwhile.
  template <int Blocks>
  void words(uint32_t token, uint32_t group, Ints (&out)[2 * Blocks]) const {
    Wides a[Blocks], b[Blocks], c[Blocks], d[Blocks];
#pragma GCC unroll 4
    for (int i = 0; i < Blocks; ++i) {
      a[i] = Wides::counted(group + static_cast<uint32_t>(i * block));
      b[i] = Wides::splat(token);
    }
    mix<Blocks>(a, b, c, d);
#pragma GCC unroll 4
    for (int i = 0; i < Blocks; ++i) V::in_turn(a[i], b[i], c[i], d[i], out[2 * i], out[2 * i + 1]);
  }

  // Word w of group groups[i] ^ group at tokens[i] is in out[w], for as many i as
  // Vectors vectors have lanes; lane by lane, a vector after another.
  template <int Vectors>
  void words(const uint32_t* tokens, const uint32_t* groups, uint32_t group, Ints (&out)[4][Vectors]) const {
    Wides a[2 * Vectors], b[2 * Vectors], c[2 * Vectors], d[2 * Vectors];
#pragma GCC unroll 4
    for (int i = 0; i < Vectors; ++i) {
      const auto at = [&](const uint32_t* all) {
        return Ints::load_i32(reinterpret_cast<const uint8_t*>(all + i * V::lanes));
      };
      V::parted(at(groups), a[2 * i], a[2 * i + 1]);
      V::parted(at(tokens), b[2 * i], b[2 * i + 1]);
      a[2 * i] = a[2 * i] ^ Wides::splat(group);
      a[2 * i + 1] = a[2 * i + 1] ^ Wides::splat(group);
    }
    mix<2 * Vectors>(a, b, c, d);
#pragma GCC unroll 4
    for (int i = 0; i < Vectors; ++i) {
      out[0][i] = V::joined(a[2 * i], a[2 * i + 1]);
      out[1][i] = V::joined(b[2 * i], b[2 * i + 1]);
      out[2][i] = V::joined(c[2 * i], c[2 * i + 1]);
      out[3][i] = V::joined(d[2 * i], d[2 * i + 1]);
    }
  }

 private:
  // The rounds, from a counter's lower half in a and b to its four words.
  template <int Blocks>
  void mix(Wides (&a)[Blocks], Wides (&b)[Blocks], Wides (&c)[Blocks], Wides (&d)[Blocks]) const {
#pragma GCC unroll 4
    for (int i = 0; i < Blocks; ++i) {
      c[i] = upper0_;
      d[i] = upper1_;
    }
#pragma GCC unroll 10
    for (int round = 0; round < philox_rounds; ++round) {
#pragma GCC unroll 4
      for (int i = 0; i < Blocks; ++i) {
        // The upper halves of b and d are never looked at.
        const Wides product0 = low_product(a[i], philox_multiplier0), product1 = low_product(c[i], philox_multiplier1);
        a[i] = high(product1) ^ (b[i] ^ key0_[round]);
        b[i] = product1;
        c[i] = high(product0) ^ (d[i] ^ key1_[round]);
        d[i] = product0;
      }
    }
  }

  Wides upper0_, upper1_;
  Wides key0_[philox_rounds], key1_[philox_rounds];
};

}  // namespace xling::simd
