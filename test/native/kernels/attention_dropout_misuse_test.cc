// What kernels/attention.h refuses of a mask.
#include "check.h"
#include "kernels/attention_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

// Both kernels on one problem's tensors, with another mask than its own.
struct Misuse {
  std::shared_ptr<Backend> backend = cpu_with(chosen_isa(), 1);
  AttentionProblem p{{{3, 2}, 4, 2, 8, -1, 0}, 0.5f};
  PlacedAttention placed{backend, p};

  void forward(const AttentionDropout& dropout) const {
    Attention op = placed.forward();
    op.dropout = dropout;
    backend->run(op);
  }
  void backward(const AttentionDropout& dropout) const {
    AttentionBackward op = placed.backward();
    op.dropout = dropout;
    backend->run(op);
  }
  void refuse(ErrorCode code, const std::string& text, const AttentionDropout& dropout) const {
    CHECK_THROWS(code, "attention: " + text, forward(dropout));
    CHECK_THROWS(code, "attention_backward: " + text, backward(dropout));
  }
};

TEST("attention with dropout: a rate that is none is refused") {
  const Misuse misuse;
  AttentionDropout dropout = misuse.placed.dropout();
  const std::pair<float, const char*> rates[] = {{1.0f, "1"}, {-0.5f, "-0.5"}, {INFINITY, "inf"}, {-INFINITY, "-inf"}, {NAN, "nan"}};
  for (const auto& [rate, name] : rates) {
    dropout.rate = rate;
    misuse.refuse(ErrorCode::invalid_argument, std::string("rate is ") + name + " but must be at least 0 and below 1", dropout);
  }
}

TEST("attention with dropout: keys of another shape or dtype are refused, and none where something is dropped") {
  const Misuse misuse;
  for (float rate : {0.0f, 0.5f}) {
    AttentionDropout dropout = misuse.placed.dropout();
    dropout.rate = rate;
    misuse.forward(dropout);
    misuse.backward(dropout);
    const auto refused = [&](ErrorCode code, const char* text, const Shape& shape, DType dtype) {
      const Placed keys(misuse.backend, shape, dtype);
      dropout.keys = keys;
      misuse.refuse(code, text, dropout);
    };
    refused(ErrorCode::invalid_shape, "keys is [2, 2] but must be [2, 3]", {2, 2}, DType::i32);
    refused(ErrorCode::invalid_shape, "keys is [3, 3] but must be [2, 3]", {3, 3}, DType::i32);
    refused(ErrorCode::invalid_shape, "keys is [6] but must be [2, 3]", Shape{6}, DType::i32);
    refused(ErrorCode::invalid_dtype, "keys is f32 but must be i32", {2, 3}, DType::f32);
  }
  AttentionDropout dropout = misuse.placed.dropout();
  dropout.keys = {};
  misuse.refuse(ErrorCode::invalid_shape, "keys is [] but must be [2, 3]", dropout);
  dropout.rate = 0;
  misuse.forward(dropout);
  misuse.backward(dropout);
}

TEST("attention with dropout: what is written lies apart from the keys") {
  const Misuse misuse;
  for (Tensor Attention::*output : {&Attention::y, &Attention::lse}) {
    Attention op = misuse.placed.forward();
    op.dropout.keys.data = (op.*output).data;
    CHECK_THROWS(ErrorCode::invalid_argument, std::string(output == &Attention::y ? "y" : "lse") + " lies over one of its inputs",
                 misuse.backend->run(op));
  }
  using Op = AttentionBackward;
  const std::pair<Tensor Op::*, const char*> gradients[] = {{&Op::dq, "dq"}, {&Op::dk, "dk"}, {&Op::dv, "dv"}};
  for (const auto& [gradient, name] : gradients) {
    Op op = misuse.placed.backward();
    op.dropout.keys.data = (op.*gradient).data;
    CHECK_THROWS(ErrorCode::invalid_argument, std::string(name) + " lies over one of its inputs", misuse.backend->run(op));
  }
}

// q, y and their like are one tensor here: what is refused is so before anything is computed.
struct Wide {
  std::shared_ptr<Backend> backend = cpu_with(chosen_isa(), 1);
  Placed in, out, lse, offsets, keys{backend, {1, 3}, DType::i32}, grad;
  Wide(int64_t tokens, int64_t heads)
      : in(backend, {tokens, heads, 8}),
        out(backend, {tokens, heads, 8}),
        lse(backend, {tokens, heads}),
        offsets(backend, Shape{2}, DType::i32),
        grad(backend, {tokens, heads, 8}) {
    const int32_t rows[] = {0, static_cast<int32_t>(tokens)};
    backend->write(Tensor(offsets).data, rows, sizeof rows);
  }
  void forward(float rate) const { backend->run(Attention{in, in, in, offsets, out, {}, 1, 0, 0, {keys, 0, 0, 0, 0, rate}}); }
  void backward(float rate) const {
    backend->run(AttentionBackward{in, in, in, offsets, out, lse, in, {}, {}, grad, 1, 0, 0, {keys, 0, 0, 0, 0, rate}});
  }
  void refuse(ErrorCode code, const std::string& text) const {
    CHECK_THROWS(code, "attention: " + text, forward(0.5f));
    CHECK_THROWS(code, "attention_backward: " + text, backward(0.5f));
    forward(0);
    backward(0);
  }
};

TEST("attention with dropout: more tokens or heads than have words of their own are refused") {
  Wide((1 << 19) + 1, 1).refuse(ErrorCode::invalid_argument,
                                "row 0 has 524289 tokens, but probabilities are dropped of rows of at most 524288");
  Wide(1, (1 << 15) + 1).refuse(ErrorCode::invalid_shape, "q has 32769 heads, but probabilities are dropped of at most 32768");
}

}  // namespace
