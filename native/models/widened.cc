#include "models/widened.h"

namespace xling {

Buffer widened(const std::shared_ptr<Backend>& backend, const Weight& matrix, const void* bytes) {
  const Tensor stored{nullptr, {static_cast<int64_t>(matrix.bytes())}, DType::u8};
  const Tensor wide{nullptr, matrix.shape(), DType::f32};
  Buffer from(backend, stored.bytes()), to(backend, wide.bytes());
  backend->write(from.data(), bytes, stored.bytes());
  backend->run(Dequantize{{from.data(), stored.shape, stored.dtype}, {to.data(), wide.shape, wide.dtype}, matrix.storage});
  return to;
}

}  // namespace xling
