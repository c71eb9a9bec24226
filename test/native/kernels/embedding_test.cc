#include "kernels/embedding.h"

#include "check.h"
#include "kernels/fixture.h"
#include "kernels/quantize.h"

namespace {

using namespace xling;
using test::Placed;
using test::Prepared;
using Floats = std::vector<float>;

class Ids {
 public:
  Ids(const std::shared_ptr<Backend>& backend, const std::vector<int32_t>& ids) : placed_(backend, {int64_t(ids.size())}, DType::i32) {
    backend->write(Tensor(placed_).data, ids.data(), 4 * ids.size());
  }
  operator Tensor() const { return placed_; }

 private:
  Placed placed_;
};

TEST("embedding: picks and scales rows, of f32 and of every storage, to the last bit") {
  // Rows of three panels of any width, the last not full; columns beyond one piece of 256.
  const int64_t rows = 71, cols = 512;
  const std::vector<int32_t> ids = {0, 70, 8, 31, 32, 33, 64, 8, 15, 16, 1, 2, 3, 4, 5, 6, 7, 69};
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = test::random_bytes(storage, {rows, cols}, 11);
      const Prepared frozen(backend, storage, {rows, cols}, bytes.data());
      const Placed blocks(backend, {int64_t(bytes.size())}, DType::u8), matrix(backend, {rows, cols});
      backend->write(Tensor(blocks).data, bytes.data(), bytes.size());
      backend->run(Dequantize{blocks, matrix, storage});
      const Floats numbers = matrix.read();
      Floats want;
      for (int32_t id : ids)
        for (int64_t k = 0; k < cols; ++k) want.push_back(2.5f * numbers[size_t(id * cols + k)]);
      for (const Weight& w : {Weight(frozen), test::in_rows(matrix)}) {
        const Placed y(backend, {int64_t(ids.size()), cols});
        backend->run(Embedding{Ids(backend, ids), w, y, 2.5f});
        CHECK(y.read() == want);
      }
    }
}

TEST("embedding: y may be added to, the product rounded first, of every storage") {
  const std::vector<int32_t> ids = {3, 0, 3, 8};
  const int64_t cols = 256;
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number) {
      const auto storage = static_cast<Storage>(number);
      const auto backend = test::cpu_with(*loops, 2);
      const auto bytes = test::random_bytes(storage, {9, cols}, 12);
      const Prepared w(backend, storage, {9, cols}, bytes.data());
      const Floats start = test::random_numbers(4 * cols, 1);
      const Placed written(backend, {4, cols}, start), added(backend, {4, cols}, start);
      backend->run(Embedding{Ids(backend, ids), w, written, 0.3f});
      backend->run(Embedding{Ids(backend, ids), w, added, 0.3f, Write::accumulate});
      const Floats picked = written.read(), got = added.read();
      CHECK(picked != start);
      for (size_t i = 0; i < start.size(); ++i) CHECK_EQ(got[i], start[i] + picked[i]);
    }
}

TEST("embedding: no ids, and rows of odd width") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const Floats numbers = test::random_numbers(3 * 7, 1);
  const Prepared w(backend, Storage::f32, {3, 7}, numbers.data());
  const Placed none(backend, {0, 7}), y(backend, {2, 7});
  backend->run(Embedding{Ids(backend, {}), w, none});
  backend->run(Embedding{Ids(backend, {2, 0}), w, y});
  Floats want(numbers.begin() + 14, numbers.end());
  want.insert(want.end(), numbers.begin(), numbers.begin() + 7);
  CHECK(y.read() == want);
}

TEST("embedding: what does not fit is refused and named") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed w(backend, {3, 7}), y(backend, {2, 7}), wide(backend, {2, 8}), half(backend, {2, 7}, DType::bf16);
  const Ids ids(backend, {1, 2}), above(backend, {1, 3}), below(backend, {-1, 0});
  const auto pick = [&](Tensor which, Tensor out) { backend->run(Embedding{which, test::in_rows(w), out, 1}); };
  CHECK_THROWS(ErrorCode::invalid_argument, "y lies over one of its inputs", pick(ids, {Tensor(w).data, {2, 7}, DType::f32}));
  CHECK_THROWS(ErrorCode::invalid_argument, "embedding: yWrite must be 'assign' or 'accumulate'",
               backend->run(Embedding{ids, test::in_rows(w), y, 1, static_cast<Write>(2)}));
  CHECK_THROWS(ErrorCode::invalid_argument, "id 3 at position 1 is not one of 0 to 2", pick(above, y));
  CHECK_THROWS(ErrorCode::invalid_argument, "id -1 at position 0", pick(below, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "w is [3, 7] but must be [3, 8]", pick(ids, wide));
  CHECK_THROWS(ErrorCode::invalid_dtype, "y is bf16", pick(ids, half));
  CHECK_THROWS(ErrorCode::invalid_dtype, "ids is f32 but must be i32", pick(Placed(backend, Shape{2}), y));
  CHECK_THROWS(ErrorCode::invalid_shape, "ids is [2, 7] but must be [T]", pick(half, y));
  CHECK_THROWS(ErrorCode::invalid_shape, "y is [3, 7] but must be [2, 7]", pick(ids, w));
}

}  // namespace
