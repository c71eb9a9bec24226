#include "check.h"
#include "kernels/fixture.h"
#include "kernels/layer_norm.h"

namespace {

using namespace xling;
using test::Placed;

struct Tensors {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 1);
  Placed x{backend, {2, 3}}, y{backend, {2, 3}}, weight{backend, Shape{3}}, bias{backend, Shape{3}};
  Placed mean{backend, Shape{2}}, rstd{backend, Shape{2}}, dy{backend, {2, 3}}, dx{backend, {2, 3}};
  Placed half{backend, {2, 3}, DType::bf16}, half_row{backend, Shape{3}, DType::bf16}, half_column{backend, Shape{2}, DType::bf16};
  // Two rows of a matrix of three, and the same one row later.
  Placed three{backend, {3, 3}};
  Tensor above{Tensor(three).data, {2, 3}, DType::f32}, below{Tensor(three).as<float>() + 3, {2, 3}, DType::f32};
};

TEST("layer_norm: what does not fit is refused with the tensor's name") {
  const Tensors t;
  const auto refused = [&](ErrorCode code, const char* text, auto change) {
    LayerNorm op{t.x, t.weight, t.bias, t.y, t.mean, t.rstd, 1e-6f};
    t.backend->run(op);
    change(op);
    CHECK_THROWS(code, std::string("layer_norm: ") + text, t.backend->run(op));
  };
  const auto shape = ErrorCode::invalid_shape, dtype = ErrorCode::invalid_dtype, argument = ErrorCode::invalid_argument;
  const Placed no_features(t.backend, {2, 0});
  refused(shape, "x is [3] but must be [T, D]", [&](LayerNorm& op) { op.x = t.weight; });
  refused(shape, "x is [2, 0] but a row must have elements", [&](LayerNorm& op) { op.x = no_features; });
  refused(dtype, "x is bf16", [&](LayerNorm& op) { op.x = t.half; });
  refused(shape, "weight is [2] but must be [3]", [&](LayerNorm& op) { op.weight = t.mean; });
  refused(dtype, "weight is bf16", [&](LayerNorm& op) { op.weight = t.half_row; });
  refused(shape, "bias is [2] but must be [3]", [&](LayerNorm& op) { op.bias = t.mean; });
  refused(dtype, "bias is bf16", [&](LayerNorm& op) { op.bias = t.half_row; });
  refused(shape, "y is [] but must be [2, 3]", [&](LayerNorm& op) { op.y = {}; });
  refused(dtype, "y is bf16", [&](LayerNorm& op) { op.y = t.half; });
  refused(shape, "mean is [3] but must be [2]", [&](LayerNorm& op) { op.mean = t.bias; });
  refused(dtype, "mean is bf16", [&](LayerNorm& op) { op.mean = t.half_column; });
  refused(shape, "rstd is [3] but must be [2]", [&](LayerNorm& op) { op.rstd = t.bias; });
  refused(dtype, "rstd is bf16", [&](LayerNorm& op) { op.rstd = t.half_column; });
  for (float eps : {0.0f, -1.0f, NAN}) refused(argument, "eps is ", [&](LayerNorm& op) { op.eps = eps; });
  refused(argument, "y lies over one of its inputs", [&](LayerNorm& op) { op.x = t.above, op.y = t.below; });
}

TEST("layer_norm_backward: what does not fit is refused with the tensor's name") {
  const Tensors t;
  const Placed dweight(t.backend, Shape{3}), dbias(t.backend, Shape{3});
  const auto refused = [&](ErrorCode code, const char* text, auto change) {
    LayerNormBackward op{t.x, t.weight, t.mean, t.rstd, t.dy, t.dx, dweight, dbias};
    t.backend->run(op);
    change(op);
    CHECK_THROWS(code, std::string("layer_norm_backward: ") + text, t.backend->run(op));
  };
  using Op = LayerNormBackward;
  const auto shape = ErrorCode::invalid_shape, dtype = ErrorCode::invalid_dtype, argument = ErrorCode::invalid_argument;
  refused(shape, "x is [3] but must be [T, D]", [&](Op& op) { op.x = t.weight; });
  refused(shape, "weight is [2]", [&](Op& op) { op.weight = t.mean; });
  refused(shape, "mean is []", [&](Op& op) { op.mean = {}; });
  refused(dtype, "mean is bf16", [&](Op& op) { op.mean = t.half_column; });
  refused(shape, "rstd is []", [&](Op& op) { op.rstd = {}; });
  refused(dtype, "rstd is bf16", [&](Op& op) { op.rstd = t.half_column; });
  refused(shape, "dy is []", [&](Op& op) { op.dy = {}; });
  refused(dtype, "dy is bf16", [&](Op& op) { op.dy = t.half; });
  refused(shape, "dx is [3]", [&](Op& op) { op.dx = t.weight; });
  refused(dtype, "dx is bf16", [&](Op& op) { op.dx = t.half; });
  refused(shape, "dweight is [2]", [&](Op& op) { op.dweight = t.mean; });
  refused(dtype, "dweight is bf16", [&](Op& op) { op.dweight = t.half_row; });
  refused(shape, "dbias is [2]", [&](Op& op) { op.dbias = t.mean; });
  refused(dtype, "dbias is bf16", [&](Op& op) { op.dbias = t.half_row; });
  refused(argument, "dxWrite must be 'assign' or 'accumulate'", [&](Op& op) { op.dx_write = static_cast<Write>(2); });
  refused(argument, "dx lies over one of its inputs", [&](Op& op) { op.dx = t.x; });
  refused(argument, "dx lies over one of its inputs", [&](Op& op) { op.dy = t.above, op.dx = t.below; });
}

}  // namespace
