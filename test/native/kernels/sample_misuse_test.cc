#include "check.h"
#include "kernels/bytes_moved.h"
#include "kernels/sample_row_by_row.h"

namespace {

using namespace xling;
using test::Placed;

test::PackedRows three_rows() {
  test::SampledRow row;
  row.logits = {1, 2, 3, 4};
  row.history = {0, 3};
  return {4, {row, row, row}};
}

// What is wrong with the second row.
template <class Break>
void refused(const char* text, const Break& spoil) {
  auto rows = three_rows();
  spoil(rows);
  CHECK_THROWS(ErrorCode::invalid_argument, text, test::sampled_ids(test::cpu_with(chosen_isa(), 2), rows));
}

TEST("sample: settings without a meaning are refused by name, value and row") {
  const auto setting = [](int which, float value) {
    return [=](test::PackedRows& rows) { rows.settings[size_t(4 + which)] = value; };
  };
  refused("sample: temperature -1 of row 1 must be finite, and 0 (greedy) or above", setting(0, -1));
  refused("temperature inf of row 1", setting(0, INFINITY));
  refused("temperature nan of row 1", setting(0, NAN));
  refused("top_p 0 of row 1 must be above 0 and at most 1", setting(1, 0));
  refused("top_p 1.5 of row 1", setting(1, 1.5f));
  refused("top_p nan of row 1", setting(1, NAN));
  refused("min_p -0.5 of row 1 must be from 0 to 1", setting(2, -0.5f));
  refused("min_p 1.5 of row 1", setting(2, 1.5f));
  refused("min_p nan of row 1", setting(2, NAN));
  refused("repetition_penalty 0 of row 1 must be finite and above 0", setting(3, 0));
  refused("repetition_penalty inf of row 1", setting(3, INFINITY));
  refused("repetition_penalty nan of row 1", setting(3, NAN));
  refused("top_k -1 of row 1 must be 0 (no limit) or above", [](test::PackedRows& rows) { rows.top_k[1] = -1; });
  refused("position -2 of row 1 must be 0 or above", [](test::PackedRows& rows) { rows.positions[1] = -2; });
}

TEST("sample: a history that is none is refused by its place") {
  const auto offset = [](size_t at, int32_t value) { return [=](test::PackedRows& rows) { rows.offsets[at] = value; }; };
  refused("id 4 in the history of row 1 is not one of 0 to 3", [](test::PackedRows& rows) { rows.history[2] = 4; });
  refused("id -1 in the history of row 2 is not one of 0 to 3", [](test::PackedRows& rows) { rows.history[5] = -1; });
  refused("sample: historyOffsets[0] is 1, but offsets begin with 0", offset(0, 1));
  refused("historyOffsets[0] is -1", offset(0, -1));
  refused("historyOffsets[2] is 1, but offsets begin with 0, never fall", offset(2, 1));
  refused("historyOffsets[2] is 7", offset(2, 7));
  refused("historyOffsets[3] is 5, but offsets begin with 0, never fall and end with the number of ids, 6", offset(3, 5));
  refused("historyOffsets[1] is 2147483647", offset(1, INT32_MAX));
}

TEST("sample: what does not fit is refused with the tensor's name") {
  const auto backend = test::cpu_with(chosen_isa(), 1);
  const Placed logits(backend, {2, 8}), settings(backend, {2, 4});
  const Placed top_k(backend, Shape{2}, DType::i32);
  const Placed seeds(backend, {2, 2}, DType::i32), keys(backend, {2, 2}, DType::i32), positions(backend, Shape{2}, DType::i32);
  const Placed history(backend, Shape{3}, DType::i32), offsets(backend, Shape{3}, DType::i32);
  const Placed ids(backend, Shape{2}, DType::i32), half(backend, {2, 8}, DType::bf16);
  const Placed floats(backend, Shape{2}), line(backend, Shape{16}), float_pairs(backend, {2, 2});
  const Placed half_settings(backend, {2, 4}, DType::bf16), none(backend, {2, 0}), floats3(backend, Shape{3});
  const Sample whole{logits, settings, top_k, history, offsets, seeds, keys, positions, ids};
  const auto with = [&](Tensor Sample::*field, const Tensor& tensor) {
    Sample op = whole;
    op.*field = tensor;
    backend->run(op);
  };
  CHECK_THROWS(ErrorCode::invalid_shape, "sample: logits is [16] but must be [R, V]", with(&Sample::logits, line));
  CHECK_THROWS(ErrorCode::invalid_dtype, "logits is bf16", with(&Sample::logits, half));
  CHECK_THROWS(ErrorCode::invalid_shape, "logits is [2, 0] but a vocabulary has 1 to", with(&Sample::logits, none));
  CHECK_THROWS(ErrorCode::invalid_shape, "a vocabulary has 1 to 2147483647 tokens",
               with(&Sample::logits, Tensor{nullptr, {2, int64_t{1} << 31}, DType::f32}));
  CHECK_THROWS(ErrorCode::invalid_shape, "settings is [2, 8] but must be [2, 4]", with(&Sample::settings, logits));
  CHECK_THROWS(ErrorCode::invalid_dtype, "settings is bf16", with(&Sample::settings, half_settings));
  CHECK_THROWS(ErrorCode::invalid_shape, "topK is [3] but must be [2]", with(&Sample::top_k, history));
  CHECK_THROWS(ErrorCode::invalid_dtype, "topK is f32", with(&Sample::top_k, floats));
  CHECK_THROWS(ErrorCode::invalid_shape, "history is [2, 2] but must be [N]", with(&Sample::history, seeds));
  CHECK_THROWS(ErrorCode::invalid_dtype, "history is f32", with(&Sample::history, floats3));
  CHECK_THROWS(ErrorCode::invalid_shape, "historyOffsets is [2] but must be [3]", with(&Sample::history_offsets, top_k));
  CHECK_THROWS(ErrorCode::invalid_dtype, "historyOffsets is f32", with(&Sample::history_offsets, floats3));
  CHECK_THROWS(ErrorCode::invalid_shape, "seeds is [2] but must be [2, 2]", with(&Sample::seeds, top_k));
  CHECK_THROWS(ErrorCode::invalid_dtype, "seeds is f32", with(&Sample::seeds, float_pairs));
  CHECK_THROWS(ErrorCode::invalid_shape, "keys is [2] but must be [2, 2]", with(&Sample::keys, top_k));
  CHECK_THROWS(ErrorCode::invalid_dtype, "keys is f32", with(&Sample::keys, float_pairs));
  CHECK_THROWS(ErrorCode::invalid_shape, "positions is [3] but must be [2]", with(&Sample::positions, history));
  CHECK_THROWS(ErrorCode::invalid_dtype, "positions is f32", with(&Sample::positions, floats));
  CHECK_THROWS(ErrorCode::invalid_shape, "ids is [3] but must be [2]", with(&Sample::ids, history));
  CHECK_THROWS(ErrorCode::invalid_dtype, "ids is f32", with(&Sample::ids, floats));
  const auto over = [](const Tensor& input) { return Tensor{input.data, Shape{2}, DType::i32}; };
  for (const Tensor* input : {&whole.logits, &whole.settings, &whole.top_k, &whole.history, &whole.history_offsets,
                              &whole.seeds, &whole.keys, &whole.positions})
    CHECK_THROWS(ErrorCode::invalid_argument, "ids lies over one of its inputs", with(&Sample::ids, over(*input)));
  CHECK_EQ(bytes_moved(whole), size_t{64 + 32 + 8 + 12 + 12 + 16 + 16 + 8 + 8});
}

}  // namespace
