#include "cpu/linear_cross_entropy_products.h"

namespace xling {

void CrossEntropyProducts::logits(const Tile& tile, float* z) const {
  const int64_t width = op_.w.cols;
  Gemm gemm{};
  gemm.rows = tile.rows, gemm.cols = tile.tokens, gemm.depth = width;
  gemm.a = op_.x.as<const float>() + tile.first_row * width, gemm.a_row = width, gemm.a_depth = 1;
  gemm.write_strip = [&](const Gemm::Strip& part) {
    Gemm::Strip strip = part;
    strip.col_begin += tile.first_token;
    if (op_.w.layout == Layout::prepared)
      panels_.write_strip(strip);
    else
      write_transposed(op_.w, loops_.gemm, strip);
  };
  gemm.start = op_.bias.absent() ? nullptr : op_.bias.as<const float>() + tile.first_token;
  gemm.c = z;
  runner_.run(gemm);
}

void CrossEntropyProducts::add_to_dx(const Tile& tile, const float* g) const {
  const int64_t width = op_.w.cols;
  const bool prepared = op_.w.layout == Layout::prepared;
  Gemm gemm{};
  gemm.rows = tile.rows, gemm.cols = width, gemm.depth = tile.tokens;
  gemm.a = g, gemm.a_row = tile.tokens, gemm.a_depth = 1;
  gemm.strip_cols = prepared ? PanelWeight::piece_cols : 0;
  gemm.write_strip = [&](const Gemm::Strip& part) {
    Gemm::Strip strip = part;
    strip.depth_begin += tile.first_token;
    if (prepared)
      panels_.write_turned_strip(strip);
    else
      write_rows(static_cast<const float*>(op_.w.data), width, loops_.gemm, strip);
  };
  gemm.c = op_.dx.as<float>() + tile.first_row * width;
  gemm.start = tile.first_token == 0 ? nullptr : gemm.c;
  gemm.start_row = width;
  runner_.run(gemm);
}

void CrossEntropyProducts::add_to_dw(const Tile& tile, const float* g) const {
  const int64_t width = op_.w.cols;
  const float* x = op_.x.as<const float>() + tile.first_row * width;
  Gemm gemm{};
  gemm.rows = tile.tokens, gemm.cols = width, gemm.depth = tile.rows;
  gemm.a = g, gemm.a_row = 1, gemm.a_depth = tile.tokens;
  gemm.write_strip = [&](const Gemm::Strip& strip) { write_rows(x, width, loops_.gemm, strip); };
  gemm.c = op_.dw.as<float>() + tile.first_token * width;
  gemm.start = gemm.c;
  gemm.start_row = width;
  runner_.run(gemm);
}

}  // namespace xling
