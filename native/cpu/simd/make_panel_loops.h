// Instantiates the loops over panels for every storage.
#pragma once

#include "cpu/simd/panel_decode.h"
#include "cpu/simd/panel_k_quants.h"
#include "cpu/simd/panel_multiply.h"
#include "cpu/simd/panel_nf4.h"
#include "cpu/simd/panel_quants.h"

namespace xling::simd {

template <class V, int P, template <class, int> class Decoder>
constexpr void add_panel_loops(PanelLoops& loops) {
  constexpr auto storage = static_cast<size_t>(Decoder<V, P>::storage);
  loops.decode[storage] = &panel_decode<V, P, Decoder>;
  loops.multiply[0][storage] = &panel_multiply<V, P, Decoder, 1>;
  loops.multiply[1][storage] = &panel_multiply<V, P, Decoder, 2>;
  loops.multiply[2][storage] = &panel_multiply<V, P, Decoder, 3>;
  loops.multiply[3][storage] = &panel_multiply<V, P, Decoder, 4>;
  loops.multiply[4][storage] = &panel_multiply<V, P, Decoder, 5>;
  loops.multiply[5][storage] = &panel_multiply<V, P, Decoder, 6>;
}

template <class V, int P>
constexpr PanelLoops panel_loops() {
  PanelLoops loops{};
  add_panel_loops<V, P, PanelF32>(loops);
  add_panel_loops<V, P, PanelBf16>(loops);
  add_panel_loops<V, P, PanelF16>(loops);
  add_panel_loops<V, P, PanelNf4>(loops);
  add_panel_loops<V, P, PanelNf4d>(loops);
  add_panel_loops<V, P, PanelQ8_0>(loops);
  add_panel_loops<V, P, PanelQ4_0>(loops);
  add_panel_loops<V, P, PanelQ4_1>(loops);
  add_panel_loops<V, P, PanelQ5_0>(loops);
  add_panel_loops<V, P, PanelQ5_1>(loops);
  add_panel_loops<V, P, PanelQ4_K>(loops);
  add_panel_loops<V, P, PanelQ5_K>(loops);
  add_panel_loops<V, P, PanelQ6_K>(loops);
  return loops;
}

}  // namespace xling::simd
