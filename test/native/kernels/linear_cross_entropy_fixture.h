// What the tests of linear_cross_entropy share: a problem, how to run it, and
// its outcome by the formula in f64.
#pragma once

#include <cmath>

#include "kernels/fixture.h"
#include "kernels/linear_cross_entropy.h"

namespace xling::test {

struct HeadProblem {
  int64_t rows, width, vocab;
  bool biased = true;
  float cap = 0;
  std::vector<float> x, w, bias;
  std::vector<int32_t> labels;

  HeadProblem(int64_t r, int64_t h, int64_t v) : rows(r), width(h), vocab(v) {
    x = random_numbers(static_cast<size_t>(r * h), 1);
    w = random_numbers(static_cast<size_t>(v * h), 2);
    bias = random_numbers(static_cast<size_t>(v), 3);
    for (int64_t i = 0; i < r; ++i) labels.push_back(static_cast<int32_t>((i * 977 + 13) % v));
  }

  // Rows [begin, end) of it.
  HeadProblem some(int64_t begin, int64_t end) const {
    HeadProblem out = *this;
    out.rows = end - begin;
    out.x.assign(x.begin() + begin * width, x.begin() + end * width);
    out.labels.assign(labels.begin() + begin, labels.begin() + end);
    return out;
  }
};

// Which gradients.
struct Asked {
  bool dx = false, dw = false, dbias = false;
};
constexpr Asked no_gradient{}, all_gradients{true, true, true};

struct HeadOutcome {
  std::vector<float> lse, loss, dx, dw, dbias;  // empty where it was not asked for
  bool operator==(const HeadOutcome& o) const {
    return lse == o.lse && loss == o.loss && dx == o.dx && dw == o.dw && dbias == o.dbias;
  }
};

// What dw and dbias are added to.
inline std::vector<float> start_of(int64_t size, bool asked) {
  return asked ? random_numbers(static_cast<size_t>(size), 9) : std::vector<float>();
}

// With a weight of one's own, in any storage.
inline HeadOutcome run_with(const std::shared_ptr<Backend>& backend, const HeadProblem& p, const Weight& w, Asked asked) {
  const Placed x(backend, {p.rows, p.width}, p.x), bias(backend, {p.vocab}, p.bias);
  const Placed labels(backend, Shape{p.rows}, DType::i32);
  backend->write(Tensor(labels).data, p.labels.data(), 4 * p.labels.size());
  // An element that is never written stays visible.
  const Placed lse(backend, Shape{p.rows}, std::vector<float>(p.labels.size(), 77)), loss(backend, {1}, std::vector<float>{77});
  const Placed dx(backend, {p.rows, p.width}, std::vector<float>(p.x.size(), NAN));
  const Placed dw(backend, {p.vocab, p.width}, start_of(p.vocab * p.width, true)), dbias(backend, {p.vocab}, start_of(p.vocab, true));
  const bool with_dbias = asked.dbias && p.biased;
  const auto if_asked = [](bool asked_for, const Tensor& tensor) { return asked_for ? tensor : Tensor{}; };
  const auto read_if = [](bool asked_for, const Placed& tensor) { return asked_for ? tensor.read() : std::vector<float>(); };
  backend->run(LinearCrossEntropy{x, w, if_asked(p.biased, bias), labels, lse, loss, if_asked(asked.dx, dx),
                                  if_asked(asked.dw, dw), if_asked(with_dbias, dbias), p.cap});
  return {lse.read(), loss.read(), read_if(asked.dx, dx), read_if(asked.dw, dw), read_if(with_dbias, dbias)};
}

inline HeadOutcome run(const std::shared_ptr<Backend>& backend, const HeadProblem& p, Asked asked = no_gradient,
                       Layout layout = Layout::prepared) {
  const Placed w(backend, {p.vocab, p.width}, p.w);
  const Prepared frozen(backend, Storage::f32, {p.vocab, p.width}, p.w.data());
  return run_with(backend, p, layout == Layout::rows ? in_rows(w) : Weight(frozen), asked);
}

// The formula in f64. Beside each gradient is the sum of its terms' magnitudes, to which its rounding is in proportion.
struct HeadReference {
  std::vector<double> lse;
  std::vector<double> dx, dw, dbias, dx_terms, dw_terms, dbias_terms;
  double loss = 0;

  explicit HeadReference(const HeadProblem& p, bool gradients = false) {
    if (gradients) {
      for (auto* of_x : {&dx, &dx_terms}) of_x->resize(p.x.size());
      for (auto* of_w : {&dw, &dw_terms}) of_w->resize(p.w.size());
      for (auto* of_bias : {&dbias, &dbias_terms}) of_bias->resize(p.bias.size());
    }
    for (int64_t r = 0; r < p.rows; ++r) {
      std::vector<double> z;
      double most = -INFINITY, sum = 0;
      for (int64_t v = 0; v < p.vocab; ++v) {
        double logit = p.biased ? p.bias[static_cast<size_t>(v)] : 0;
        for (int64_t k = 0; k < p.width; ++k) logit += double(p.x[size_t(r * p.width + k)]) * p.w[size_t(v * p.width + k)];
        if (p.cap != 0) logit = p.cap * std::tanh(logit / p.cap);
        z.push_back(logit);
        most = std::max(most, logit);
      }
      for (double logit : z) sum += std::exp(logit - most);
      lse.push_back(most + std::log(sum));
      loss += lse.back() - z[static_cast<size_t>(p.labels[static_cast<size_t>(r)])];
      if (gradients) add_gradients(p, r, z);
    }
  }

 private:
  void add_gradients(const HeadProblem& p, int64_t r, const std::vector<double>& z) {
    const auto add = [](double term, size_t i, std::vector<double>& sum, std::vector<double>& terms) {
      sum[i] += term;
      terms[i] += std::abs(term);
    };
    for (size_t v = 0; v < z.size(); ++v) {
      const double slope = p.cap == 0 ? 1 : 1 - (z[v] / p.cap) * (z[v] / p.cap);
      const double chance = std::exp(z[v] - lse.back());
      const double g = (chance - (static_cast<int32_t>(v) == p.labels[static_cast<size_t>(r)])) * slope;
      for (size_t k = 0; k < static_cast<size_t>(p.width); ++k) {
        const size_t in_x = static_cast<size_t>(r * p.width) + k, in_w = v * static_cast<size_t>(p.width) + k;
        add(g * p.w[in_w], in_x, dx, dx_terms);
        add(g * p.x[in_x], in_w, dw, dw_terms);
      }
      add(g, v, dbias, dbias_terms);
    }
  }
};

}  // namespace xling::test
