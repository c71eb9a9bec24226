#include "check.h"
#include "kernels/fixture.h"
#include "kernels/pool.h"

namespace {

using namespace xling;
using test::Placed;

struct Tensors {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 1);
  Placed x{backend, {4, 3}}, y{backend, {2, 3}}, dx{backend, {4, 3}}, offsets{backend, Shape{3}, DType::i32};
  Placed half{backend, {4, 3}, DType::bf16}, half_rows{backend, {2, 3}, DType::bf16}, wide{backend, {2, 4}};
  Placed line{backend, Shape{4}}, no_ends{backend, Shape{0}, DType::i32};

  Tensors() { put({0, 3, 4}); }
  void put(const std::vector<int32_t>& ends) const { backend->write(Tensor(offsets).data, ends.data(), 4 * ends.size()); }
};

const auto shape = ErrorCode::invalid_shape, dtype = ErrorCode::invalid_dtype, argument = ErrorCode::invalid_argument;

struct Cut {
  std::vector<int32_t> offsets;
  const char* text;
};
const Cut wrong_cuts[] = {{{1, 3, 4}, "offsets[0] is 1 but must be 0"},
                          {{0, 5, 4}, "offsets[2] is 4, below offsets[1], which is 5"},
                          {{0, -1, 4}, "offsets[1] is -1, below offsets[0]"},
                          {{0, 3, 5}, "offsets[2] is 5 but must be 4, the number of tokens"},
                          {{0, 3, 3}, "offsets[2] is 3 but must be 4, the number of tokens"}};

TEST("pool: what does not fit is refused with the tensor's name") {
  const Tensors t;
  const auto refused = [&](ErrorCode code, const std::string& text, auto change) {
    Pool op{t.x, t.offsets, t.y};
    t.backend->run(op);
    change(op);
    CHECK_THROWS(code, "pool: " + text, t.backend->run(op));
  };
  refused(shape, "x is [4] but must be [T, D]", [&](Pool& op) { op.x = t.line; });
  refused(dtype, "x is bf16 but must be f32", [&](Pool& op) { op.x = t.half; });
  refused(shape, "offsets is [4, 3] but must be [B+1]", [&](Pool& op) { op.offsets = t.x; });
  refused(shape, "offsets is [0] but must be [B+1]", [&](Pool& op) { op.offsets = t.no_ends; });
  refused(dtype, "offsets is f32 but must be i32", [&](Pool& op) { op.offsets = Placed(t.backend, Shape{3}); });
  refused(shape, "y is [2, 4] but must be [2, 3]", [&](Pool& op) { op.y = t.wide; });
  refused(dtype, "y is bf16", [&](Pool& op) { op.y = t.half_rows; });
  for (int32_t number : {3, -1})
    refused(argument, "pooling must be 'first' or 'mean' or 'max'", [&](Pool& op) { op.pooling = static_cast<Pooling>(number); });
  for (float scale : {INFINITY, NAN}) refused(argument, "scale is ", [&](Pool& op) { op.scale = scale; });
  refused(argument, "yWrite must be 'assign' or 'accumulate'", [&](Pool& op) { op.y_write = static_cast<Write>(2); });
  refused(argument, "y lies over one of its inputs", [&](Pool& op) { op.y.data = op.x.data; });
  refused(argument, "y lies over one of its inputs", [&](Pool& op) { op.y.data = op.offsets.data; });
  for (const Cut& cut : wrong_cuts) {
    t.put({0, 3, 4});
    refused(argument, cut.text, [&](Pool&) { t.put(cut.offsets); });
  }
}

TEST("pool_backward: what does not fit is refused with the tensor's name") {
  const Tensors t;
  const auto refused = [&](ErrorCode code, const std::string& text, auto change) {
    PoolBackward op{t.x, t.offsets, t.y, t.dx};
    t.backend->run(op);
    change(op);
    CHECK_THROWS(code, "pool_backward: " + text, t.backend->run(op));
  };
  using Op = PoolBackward;
  refused(shape, "dx is [4] but must be [T, D]", [&](Op& op) { op.dx = t.line; });
  refused(dtype, "dx is bf16", [&](Op& op) { op.dx = t.half; });
  refused(shape, "x is [2, 3] but must be [4, 3]", [&](Op& op) { op.x = t.y; });
  refused(dtype, "x is bf16", [&](Op& op) { op.x = t.half; });
  refused(shape, "offsets is [0] but must be [B+1]", [&](Op& op) { op.offsets = t.no_ends; });
  refused(shape, "dy is [2, 4] but must be [2, 3]", [&](Op& op) { op.dy = t.wide; });
  refused(dtype, "dy is bf16", [&](Op& op) { op.dy = t.half_rows; });
  refused(argument, "pooling must be", [&](Op& op) { op.pooling = static_cast<Pooling>(3); });
  refused(argument, "scale is nan", [&](Op& op) { op.scale = NAN; });
  refused(argument, "dx lies over one of its inputs", [&](Op& op) { op.dx.data = op.x.data; });
  refused(argument, "dx lies over one of its inputs", [&](Op& op) { op.dx.data = op.dy.data; });
  refused(argument, "dx lies over one of its inputs", [&](Op& op) { op.dx.data = op.offsets.data; });
  for (const Cut& cut : wrong_cuts) {
    t.put({0, 3, 4});
    refused(argument, cut.text, [&](Op&) { t.put(cut.offsets); });
  }
}

}  // namespace
