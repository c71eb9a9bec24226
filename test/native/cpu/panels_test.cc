#include <fstream>
#include <string>

#include "check.h"
#include "kernels/fixture.h"
#include "kernels/linear.h"

namespace {

using namespace xling;
using test::Placed;
using test::Prepared;

// Panels are 8, 16 or 32 rows; one that is not full, one that is, none; no columns.
const Shape shapes[] = {{1, 256}, {16, 512}, {37, 256}, {64, 768}, {0, 256}, {5, 0}};

TEST("panels: what is read back is what was written, for every storage and ISA") {
  for (const auto* loops : test::all_loops())
    for (int32_t number = 0; number < storage_count; ++number)
      for (const Shape& shape : shapes) {
        const auto storage = static_cast<Storage>(number);
        const auto backend = test::cpu_with(*loops, 2);
        auto bytes = test::random_bytes(storage, shape, 3);
        // nf4d's codes of absmaxes are padded to four bytes; the padding is no number and is zero.
        if (storage == Storage::nf4d)
          for (size_t i = shape.numel() / 64; i % 4 != 0; ++i) bytes[shape.numel() / 2 + i] = 0;
        const Prepared weight(backend, storage, shape, bytes.data());
        std::vector<uint8_t> back(bytes.size(), 0xee);
        backend->read_weight(back.data(), weight);
        CHECK(back == bytes);
      }
}

TEST("panels: a frozen weight takes its storage's bytes, rows rounded up to a panel") {
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const int64_t panel = chosen_isa().gemm.cols;
  for (int32_t number = 0; number < storage_count; ++number) {
    const auto storage = static_cast<Storage>(number);
    const int64_t rows = 10 * panel;
    const size_t same = storage_bytes(storage, rows, 256);
    // nf4d pads its codes of absmaxes, of which there are a multiple of four here.
    CHECK_EQ(backend->weight_bytes(storage, rows, 256), same);
    CHECK(backend->weight_bytes(storage, rows - 1, 256) <= same);
    CHECK_EQ(backend->weight_bytes(storage, 0, 256), storage == Storage::nf4d ? size_t{4} : size_t{0});
  }
}

// Bytes of this process that no file backs.
size_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("RssAnon:", 0) == 0) return 1024 * std::stoul(line.substr(8));
  return 0;
}

TEST("panels: no decoded copy of a matrix ever exists") {
  // 64 MiB as numbers, 9 as q4_0. What a product may take besides: a packed block of B
  // (gemm_col_block x gemm_depth_block floats, 4 MiB) and of A, and allocators' rounding.
  const Shape shape = {4096, 4096};
  const auto backend = test::cpu_with(chosen_isa(), 2);
  const int64_t rows = 256;
  const Placed x(backend, {rows, 4096}, test::random_numbers(rows * 4096, 1)), y(backend, {rows, 4096}), dx(backend, {rows, 4096});
  const size_t before = anonymous_bytes();
  CHECK(before > 0);
  const size_t quantised = storage_bytes(Storage::q4_0, 4096, 4096);
  std::unique_ptr<Prepared> weight;
  {
    const auto bytes = test::random_bytes(Storage::q4_0, shape, 5);
    weight = std::make_unique<Prepared>(backend, Storage::q4_0, shape, bytes.data());
  }
  size_t most = 0;
  for (int64_t count : {int64_t{1}, rows}) {
    const Tensor some_x{Tensor(x).data, {count, 4096}}, some_y{Tensor(y).data, {count, 4096}}, some_dx{Tensor(dx).data, {count, 4096}};
    backend->run(Linear{some_x, *weight, {}, {}, some_y});
    most = std::max(most, anonymous_bytes());
    backend->run(LinearInputGrad{some_y, *weight, some_dx, Write::assign});
    most = std::max(most, anonymous_bytes());
  }
  CHECK(most - before < quantised + (size_t{24} << 20));
  CHECK(most - before >= quantised / 2);  // the gauge moves
}

}  // namespace
