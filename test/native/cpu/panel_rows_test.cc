#include <cmath>
#include <cstring>

#include "check.h"
#include "cpu/panels/panel_weight.h"
#include "kernels/fixture.h"
#include "kernels/linear.h"
#include "kernels/quantize.h"

namespace {

using namespace xling;
using test::Placed;
using test::Prepared;
using Floats = std::vector<float>;

bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// More than a piece of a panel (256 columns), and not a whole number of pieces where the blocks allow it.
int64_t uneven_cols(Storage storage) {
  const int64_t block = elements_per_block(storage);
  return block == 256 ? 512 : 256 + block;
}

// Where a block's f16 scales lie: `count` of them at byte `at`; a storage without any has none.
struct Halves {
  size_t at, count;
};
Halves halves_of(Storage storage) {
  switch (storage) {
    case Storage::q8_0:
    case Storage::q4_0:
    case Storage::q5_0: return {0, 1};
    case Storage::q4_1:
    case Storage::q5_1:
    case Storage::q4_k:
    case Storage::q5_k: return {0, 2};
    case Storage::q6_k: return {208, 1};
    default: return {0, 0};
  }
}

// Every code there is; scales are small and negative, so that a code of zero makes -0.
std::vector<uint8_t> any_codes(Storage storage, const Shape& shape) {
  auto bytes = test::random_bytes(storage, shape, 11);
  const Halves halves = halves_of(storage);
  const bool nf4 = storage == Storage::nf4 || storage == Storage::nf4d;
  const size_t codes = halves.count ? bytes.size() : nf4 ? shape.numel() / 2 : 0;
  for (size_t i = 0; i < codes; ++i) bytes[i] = static_cast<uint8_t>(philox({uint32_t(i), 12, 0, 0}, {1, 2})[0]);
  if (halves.count)
    for (size_t block = 0; block < bytes.size(); block += bytes_per_block(storage))
      for (size_t i = 0; i < halves.count; ++i) {
        uint8_t& high = bytes[block + halves.at + 2 * i + 1];
        high = static_cast<uint8_t>(0x80 | (high & 0x3f));
      }
  return bytes;
}

Floats decoded(const std::shared_ptr<Backend>& backend, Storage storage, const Shape& shape,
               const std::vector<uint8_t>& bytes) {
  const Placed blocks(backend, {int64_t(bytes.size())}, DType::u8), numbers(backend, shape);
  backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
  backend->run(Dequantize{blocks, numbers, storage});
  return numbers.read();
}

TEST("panel rows: any number of rows, in one pass, in several or as a GEMM, gives the chains of the decoded weight") {
  // The last panel is not full; of 8 outputs it stands alone, of 16 and of 32 beside another.
  const int64_t outputs = 53, most = 50;
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const int64_t inputs = uneven_cols(storage);
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = any_codes(storage, {outputs, inputs});
      const Prepared w(backend, storage, {outputs, inputs}, bytes.data());
      const Placed in_rows(backend, {outputs, inputs}, decoded(backend, storage, {outputs, inputs}, bytes));
      const Floats x = test::random_numbers(most * inputs, 1), residual = test::random_numbers(most * outputs, 2);
      const Placed bias(backend, Shape{outputs}, test::random_numbers(outputs, 3));
      const auto multiply = [&](const Weight& weight, int64_t rows, bool biased, bool added) {
        const Placed some(backend, {rows, inputs}, Floats(x.begin(), x.begin() + rows * inputs));
        const Placed before(backend, {rows, outputs}, Floats(residual.begin(), residual.begin() + rows * outputs));
        const Placed y(backend, {rows, outputs}, Floats(rows * outputs, 9.0f));
        backend->run(Linear{some, weight, biased ? Tensor(bias) : Tensor{}, added ? Tensor(before) : Tensor{}, y});
        return y.read();
      };
      for (bool added : {false, true}) {
        const bool biased = number % 2 == 0;
        const Floats wanted = multiply(test::in_rows(in_rows), most, biased, added);
        for (int64_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 19, 24, 25, 48, 49})
          CHECK(same_bits(multiply(w, rows, biased, added), Floats(wanted.begin(), wanted.begin() + rows * outputs)));
      }
    }
}

TEST("panel rows: without columns every output is what it starts from; without outputs nothing is written") {
  for (const auto* loops : test::all_loops())
    for (auto storage : {Storage::f32, Storage::q8_0, Storage::q5_0, Storage::q6_k})
      for (int64_t rows : {1, 6, 7, 13, 24}) {
        const auto backend = test::cpu_with(*loops, 2);
        const Prepared no_columns(backend, storage, {37, 0}, nullptr), no_outputs(backend, storage, {0, 256}, nullptr);
        const Placed x(backend, {rows, 0}), wide(backend, {rows, 256}), nothing(backend, {rows, 0});
        const Placed residual(backend, {rows, 37}, test::random_numbers(rows * 37, 4));
        const Placed y(backend, {rows, 37}, Floats(rows * 37, 9.0f));
        backend->run(Linear{x, no_columns, {}, residual, y});
        CHECK(same_bits(y.read(), residual.read()));
        backend->run(Linear{x, no_columns, {}, {}, y});
        CHECK(same_bits(y.read(), Floats(rows * 37, 0.0f)));
        backend->run(Linear{wide, no_outputs, {}, {}, nothing});
      }
}

TEST("panel rows: a panel decodes to its storage's numbers to the last bit, the sign of a zero too") {
  const int64_t outputs = 32;  // whole panels
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const int64_t inputs = uneven_cols(storage);
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = any_codes(storage, {outputs, inputs});
      const Prepared w(backend, storage, {outputs, inputs}, bytes.data());
      const Floats wanted = decoded(backend, storage, {outputs, inputs}, bytes);
      const PanelWeight panels(w, *loops);
      const int64_t width = panels.panel_rows();
      Floats got(outputs * inputs), panel(width * inputs);
      for (int64_t first = 0; first < outputs; first += width) {
        // Two parts, cut at a block.
        const int64_t cut = inputs - elements_per_block(storage);
        panels.decode(first / width, 0, cut, panel.data());
        panels.decode(first / width, cut, inputs - cut, panel.data() + cut * width);
        for (int64_t i = 0; i < width; ++i)
          for (int64_t k = 0; k < inputs; ++k) got[(first + i) * inputs + k] = panel[k * width + i];
      }
      CHECK(same_bits(got, wanted));
      // Those without a minimum have zeros.
      int64_t negative_zeros = 0;
      for (float value : wanted) negative_zeros += value == 0 && std::signbit(value);
      if (halves_of(storage).count == 1) CHECK(negative_zeros > 0);
    }
}

}  // namespace
