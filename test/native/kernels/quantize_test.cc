#include "kernels/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.h"
#include "core/nf4_layout.h"
#include "cpu/decode/decode_row.h"
#include "kernels/bytes_moved.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;
using test::Placed;

using Bytes = std::vector<uint8_t>;
using Numbers = std::vector<float>;

const Storage written[] = {Storage::f32, Storage::bf16, Storage::f16, Storage::nf4, Storage::nf4d, Storage::q8_0, Storage::q4_0};

std::shared_ptr<Backend> cpu(int threads = 2) { return test::cpu_with(chosen_isa(), threads); }

Bytes quantized(const std::shared_ptr<Backend>& backend, const Numbers& x, const Shape& shape, Storage storage) {
  Bytes bytes(storage_bytes(storage, shape[0], shape[1]), 0xff);
  const Placed from(backend, shape, x), blocks(backend, Shape{static_cast<int64_t>(bytes.size())}, DType::u8);
  backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
  backend->run(Quantize{from, blocks, storage});
  backend->read(bytes.data(), Tensor(blocks).data, bytes.size());
  return bytes;
}

Numbers dequantized(const std::shared_ptr<Backend>& backend, const Bytes& bytes, const Shape& shape, Storage storage) {
  const Placed blocks(backend, Shape{static_cast<int64_t>(bytes.size())}, DType::u8);
  const Placed y(backend, shape, Numbers(shape.numel(), NAN));
  backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
  backend->run(Dequantize{blocks, y, storage});
  return y.read();
}

Numbers round_trip(const Numbers& x, const Shape& shape, Storage storage) {
  return dequantized(cpu(), quantized(cpu(), x, shape, storage), shape, storage);
}

double largest(const Numbers& x, size_t begin, size_t end) {
  double most = 0;
  for (size_t i = begin; i < end; ++i) most = std::max(most, double(std::abs(x[i])));
  return most;
}

// How far a number may come back from x[i], in a block whose largest is `a`.
double bound(Storage storage, double x, double a, double largest_of_all) {
  switch (storage) {
    case Storage::f32: return 0;
    case Storage::bf16: return std::abs(x) * 0x1p-8;  // half an ulp of 8 bits
    case Storage::f16: return std::max(std::abs(x), 0x1p-14) * 0x1p-11;  // half an ulp of 11 bits, or of a subnormal
    case Storage::q8_0: return a / 127 * 0.5 + a * 0x1p-11 * 1.01;  // half a step, and d's own rounding
    case Storage::q4_0: return a / 8 + a * 0x1p-11 * 1.01;  // a whole step: the side opposite of the largest ends one early
    case Storage::nf4: return a * 0.152;  // half the widest gap, -1 to -0.6962
    // And of the scale: half of the dynamic book's widest gap (9/640), half a step of its
    // grid, times the largest |absmax - offset|, which the largest absmax bounds.
    case Storage::nf4d: return a * 0.152 + (0.00704 + 0x1p-16) * largest_of_all;
    default: return -1;
  }
}

TEST("quantize: comes back within half a step of every storage that is written") {
  for (Storage storage : written)
    for (const Shape& shape : {Shape{1, 64}, Shape{7, 192}, Shape{65, 640}}) {
      Numbers x = test::random_numbers(shape.numel(), 1);
      for (size_t i = 0; i < x.size(); ++i) x[i] = std::ldexp(x[i] + 1e-3f, static_cast<int>(i / 64 % 5) - 2);
      const Numbers back = round_trip(x, shape, storage);
      const auto block = static_cast<size_t>(elements_per_block(storage));
      const double top = largest(x, 0, x.size());
      for (size_t i = 0; i < x.size(); ++i) {
        const double a = largest(x, i / block * block, (i / block + 1) * block);
        CHECK_NEAR(back[i], x[i], bound(storage, x[i], a, top));
      }
    }
}

TEST("quantize: zeros, of either sign, come back as zeros") {
  for (Storage storage : written)
    for (float zero : {0.0f, -0.0f}) {
      const Numbers back = round_trip(Numbers(3 * 64, zero), {3, 64}, storage);
      for (float value : back) CHECK_EQ(value, 0.0f);
      if (elements_per_block(storage) == 1) CHECK_EQ(std::signbit(back[0]), std::signbit(zero));
    }
}

TEST("quantize: one huge number costs its own block its precision, and no other") {
  for (Storage storage : {Storage::q8_0, Storage::q4_0, Storage::nf4}) {
    const auto block = static_cast<size_t>(elements_per_block(storage));
    Numbers x = test::random_numbers(3 * block, 2);
    const Numbers calm = round_trip(x, {1, static_cast<int64_t>(x.size())}, storage);
    x[block + 5] = -4096;
    const Numbers back = round_trip(x, {1, static_cast<int64_t>(x.size())}, storage);
    CHECK_NEAR(back[block + 5], -4096, 4096 * 0x1p-11);
    for (size_t i = 0; i < x.size(); ++i)
      if (i / block != 1) {
        CHECK_EQ(back[i], calm[i]);
      } else {
        CHECK_NEAR(back[i], x[i], bound(storage, x[i], 4096, 4096));
      }
  }
}

// The smallest scales: f16 keeps no 1e-39 / 127, and 1/d would be infinite.
TEST("quantize: subnormal numbers come back as themselves or as zeros") {
  for (Storage storage : written)
    for (float tiny : {std::numeric_limits<float>::denorm_min(), 1e-39f, -1e-38f}) {
      const Numbers back = round_trip(Numbers(64, tiny), {1, 64}, storage);
      for (float value : back) CHECK(std::abs(value) <= std::abs(tiny) + 0x1p-134f);  // half a subnormal step of bf16
    }
  for (float value : round_trip(Numbers(64, 1e-39f), {1, 64}, Storage::nf4)) CHECK_NEAR(value, 1e-39, 0.93e-39);
  const Bytes q8 = quantized(cpu(), Numbers(32, 1e-39f), {1, 32}, Storage::q8_0);
  CHECK(q8 == Bytes(34, 0));
}

TEST("quantize: a NaN or an infinity spoils its own block, visibly, and no other") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (Storage storage : written)
    for (float bad : {NAN, infinity, -infinity})
      for (size_t at : {0, 17, 63}) {
        Numbers x = test::random_numbers(128, 3);
        x[at] = bad;
        const Numbers back = round_trip(x, {2, 64}, storage);
        const auto finite = [](float value) { return std::isfinite(value); };
        CHECK(!std::all_of(back.begin(), back.begin() + 64, finite));
        // nf4d's offset is everybody's.
        CHECK(storage == Storage::nf4d || std::all_of(back.begin() + 64, back.end(), finite));
      }
}

TEST("quantize: empty matrices are empty") {
  for (Storage storage : written)
    for (const Shape& shape : {Shape{0, 64}, Shape{3, 0}}) CHECK(round_trip({}, shape, storage).empty());
  CHECK(quantized(cpu(), {}, {0, 64}, Storage::nf4d) == Bytes(4, 0));  // an offset of nothing
}

TEST("quantize: nf4d's padding is zeros, so that equal matrices are equal bytes") {
  const Bytes bytes = quantized(cpu(), test::random_numbers(5 * 64, 6), {5, 64}, Storage::nf4d);
  const Nf4Layout layout = nf4_layout(Storage::nf4d, 5, 64);
  for (size_t i = layout.absmax + 5; i < layout.group_absmax; ++i) CHECK_EQ(int{bytes[i]}, 0);
}

TEST("quantize, dequantize: threads 1 = 2 = 3, to the last bit") {
  const Shape shape{131, 640};  // more than five tasks, and of nf4d's groups five and a short one
  const Numbers x = test::random_numbers(shape.numel(), 4);
  for (Storage storage : written) {
    const Bytes one = quantized(cpu(1), x, shape, storage);
    const Numbers back = dequantized(cpu(1), one, shape, storage);
    for (int threads : {2, 3}) {
      CHECK(quantized(cpu(threads), x, shape, storage) == one);
      CHECK(dequantized(cpu(threads), one, shape, storage) == back);
    }
  }
}

TEST("quantize: a row alone has the bytes it has among others") {
  const Numbers x = test::random_numbers(5 * 128, 5);
  for (Storage storage : written) {
    if (storage == Storage::nf4 || storage == Storage::nf4d) continue;  // their scales lie apart
    const Bytes all = quantized(cpu(), x, {5, 128}, storage);
    const size_t width = all.size() / 5;
    const Bytes alone = quantized(cpu(), Numbers(x.begin() + 3 * 128, x.begin() + 4 * 128), {1, 128}, storage);
    CHECK(alone == Bytes(all.begin() + 3 * static_cast<int64_t>(width), all.begin() + 4 * static_cast<int64_t>(width)));
  }
}

TEST("decode_row: any piece of any row, at any address, has the bits of the whole matrix") {
  const int64_t rows = 3, cols = 768;
  for (int32_t number = 0; number < storage_count; ++number) {
    const auto storage = static_cast<Storage>(number);
    Bytes bytes(storage_bytes(storage, rows, cols));
    // Bytes below 120 make no NaN, whichever of them a scale is made of.
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>((i * 37 + i / 251) % 120);
    const Numbers whole = dequantized(cpu(), bytes, {rows, cols}, storage);
    bytes.insert(bytes.begin(), 0);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t first : {0, 256, 512})
        for (int64_t count : {0, 256, 768}) {
          if (first + count > cols) continue;
          Numbers piece(static_cast<size_t>(count) + 1, 123.0f);
          decode_row({storage, bytes.data() + 1, rows, cols}, row, first, count, piece.data());
          for (int64_t i = 0; i < count; ++i) CHECK_EQ(piece[i], whole[row * cols + first + i]);
          CHECK_EQ(piece.back(), 123.0f);
        }
  }
}

TEST("quantize, dequantize: what does not fit is refused with the tensor's name") {
  const auto backend = cpu(1);
  const auto bytes = [&](int64_t count) { return Placed(backend, Shape{count}, DType::u8); };
  const Placed x(backend, {2, 64}), half(backend, {2, 64}, DType::bf16), narrow(backend, {2, 40}), flat(backend, Shape{64});
  const auto write = [&](Tensor from, Tensor blocks, Storage storage) { backend->run(Quantize{from, blocks, storage}); };
  const auto read = [&](Tensor blocks, Tensor to, Storage storage) { backend->run(Dequantize{blocks, to, storage}); };
  CHECK_THROWS(ErrorCode::invalid_shape, "quantize: x is [64] but must be [N, K]", write(flat, bytes(68), Storage::q8_0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "quantize: x is bf16 but must be f32", write(half, bytes(136), Storage::q8_0));
  CHECK_THROWS(ErrorCode::invalid_dtype, "quantize: blocks is f32 but must be u8", write(x, x, Storage::f32));
  CHECK_THROWS(ErrorCode::invalid_shape, "blocks is [137] but [2, 64] in q8_0 is [136] bytes", write(x, bytes(137), Storage::q8_0));
  CHECK_THROWS(ErrorCode::invalid_shape, "blocks is [2, 68]", write(x, Placed(backend, {2, 68}, DType::u8), Storage::q8_0));
  CHECK_THROWS(ErrorCode::invalid_shape, "quantize: x is [2, 40] but K must be a multiple of 32", write(narrow, bytes(85), Storage::q8_0));
  for (Storage storage : {Storage::q4_1, Storage::q5_0, Storage::q5_1, Storage::q4_k, Storage::q5_k, Storage::q6_k})
    CHECK_THROWS(ErrorCode::invalid_argument, std::string(name_of(storage)) + " can only be read; f32, bf16, f16, nf4, nf4d, q8_0 and q4_0",
                 write(x, bytes(1), storage));
  CHECK_THROWS(ErrorCode::invalid_dtype, "dequantize: y is bf16 but must be f32", read(bytes(136), half, Storage::q8_0));
  CHECK_THROWS(ErrorCode::invalid_shape, "dequantize: y is [2, 40] but K must be a multiple of 64", read(bytes(40), narrow, Storage::nf4));
  CHECK_THROWS(ErrorCode::invalid_shape, "blocks is [72] but [2, 64] in nf4d is [76] bytes", read(bytes(72), x, Storage::nf4d));
  CHECK_THROWS(ErrorCode::invalid_argument, "no storage number 99", read(bytes(1), x, static_cast<Storage>(99)));
}

TEST("quantize: bytes moved are the numbers and the blocks") {
  const auto backend = cpu(1);
  const Placed x(backend, {2, 64}), blocks(backend, Shape{136}, DType::u8);
  CHECK_EQ(bytes_moved(Quantize{x, blocks, Storage::q8_0}), size_t{512 + 136});
  CHECK_EQ(bytes_moved(Dequantize{blocks, x, Storage::q8_0}), size_t{512 + 136});
}

}  // namespace
