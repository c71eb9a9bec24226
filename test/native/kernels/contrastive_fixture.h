// What the tests of contrastive share: a problem, how to run it, and its
// outcome by the formula in f64.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/contrastive.h"
#include "kernels/fixture.h"

namespace xling::test {

struct ContrastiveProblem {
  int64_t anchors, width, negatives;  // blocks of them
  float scale = 20, weight = 0;
  Directions directions = Directions::forward;
  std::vector<float> x;

  ContrastiveProblem(int64_t b, int64_t d, int64_t blocks) : anchors(b), width(d), negatives(blocks) {
    x = random_numbers(static_cast<size_t>(rows() * d), 1);
  }
  int64_t rows() const { return anchors * (2 + negatives); }
  int64_t candidates() const { return rows() - anchors; }
  float* row(int64_t r) { return x.data() + r * width; }
};

struct ContrastiveOutcome {
  std::vector<float> loss, dx;  // dx is empty where it was not asked for
  bool operator==(const ContrastiveOutcome& o) const { return loss == o.loss && dx == o.dx; }
};

// With z of `height` rows; 0: of all.
inline ContrastiveOutcome run(const std::shared_ptr<Backend>& backend, const ContrastiveProblem& p, int64_t height = 0,
                              bool with_dx = true) {
  const int64_t z_rows = height ? height : p.anchors;
  // An element that is never written stays visible.
  const auto unwritten = [&](const Shape& shape) { return Placed(backend, shape, std::vector<float>(shape.numel(), NAN)); };
  const Shape like_x{p.rows(), p.width};
  const Placed x(backend, like_x, p.x), unit = unwritten(like_x), z = unwritten({z_rows, p.candidates()});
  const Placed loss = unwritten({1}), dx = unwritten(like_x);
  const auto anchors = static_cast<int32_t>(p.anchors);
  backend->run(Contrastive{x, unit, z, loss, with_dx ? Tensor(dx) : Tensor{}, anchors, p.scale, p.weight, p.directions});
  return {loss.read(), with_dx ? dx.read() : std::vector<float>()};
}

// The formula in f64. dx_terms are the sums of the magnitudes of dx's terms, to which its rounding is in proportion.
struct ContrastiveReference {
  double loss = 0;
  std::vector<double> dx, dx_terms;

  explicit ContrastiveReference(const ContrastiveProblem& p) : ContrastiveReference(p, {p.x.begin(), p.x.end()}) {}

  // With numbers of one's own for p.x.
  ContrastiveReference(const ContrastiveProblem& p, const std::vector<double>& x)
      : anchors_(size_t(p.anchors)), candidates_(size_t(p.candidates())), width_(size_t(p.width)), p_(p) {
    normalise(x);
    make_logits();
    std::vector<double> g(z_.size()), terms(z_.size());
    const double share = p.directions == Directions::both ? 0.5 : 1;
    for (size_t i = 0; i < anchors_; ++i) add({i * candidates_, 1, candidates_, i, share}, g, terms);
    if (p.directions == Directions::both)
      for (size_t j = 0; j < anchors_; ++j) add({j, candidates_, anchors_, j, share}, g, terms);
    dx = through_unit(by_unit(g, u_));
    std::vector<double> magnitudes;
    for (double number : u_) magnitudes.push_back(std::abs(number));
    dx_terms = through_unit(by_unit(terms, magnitudes), true);
  }

 private:
  // One softmax: `count` logits, `step` apart; `label` is that of the pair.
  struct Softmax {
    size_t begin, step, count, label;
    double share;
  };

  void normalise(const std::vector<double>& x) {
    for (size_t r = 0; r < anchors_ + candidates_; ++r) {
      double squares = 0;
      for (size_t k = 0; k < width_; ++k) squares += x[r * width_ + k] * x[r * width_ + k];
      length_.push_back(std::sqrt(squares));
      for (size_t k = 0; k < width_; ++k) u_.push_back(x[r * width_ + k] / std::max(length_[r], 1e-12));
    }
  }
  void make_logits() {
    for (size_t i = 0; i < anchors_; ++i)
      for (size_t c = 0; c < candidates_; ++c) {
        double dot = 0;
        for (size_t k = 0; k < width_; ++k) dot += u_[i * width_ + k] * u_[(anchors_ + c) * width_ + k];
        z_.push_back(p_.scale * dot + (c >= anchors_ && c % anchors_ == i ? double(p_.weight) : 0));
      }
  }
  void add(const Softmax& s, std::vector<double>& g, std::vector<double>& terms) {
    double most = -INFINITY, sum = 0;
    for (size_t n = 0; n < s.count; ++n) most = std::max(most, z_[s.begin + n * s.step]);
    for (size_t n = 0; n < s.count; ++n) sum += std::exp(z_[s.begin + n * s.step] - most);
    loss += s.share * (most + std::log(sum) - z_[s.begin + s.label * s.step]);
    for (size_t n = 0; n < s.count; ++n) {
      const size_t at = s.begin + n * s.step;
      const double chance = std::exp(z_[at] - most) / sum, target = n == s.label;
      g[at] += s.share * (chance - target);
      terms[at] += s.share * (chance + target);
    }
  }
  std::vector<double> by_unit(const std::vector<double>& g, const std::vector<double>& u) const {
    std::vector<double> du(u.size());
    for (size_t i = 0; i < anchors_; ++i)
      for (size_t c = 0; c < candidates_; ++c)
        for (size_t k = 0; k < width_; ++k) {
          const size_t a = i * width_ + k, b = (anchors_ + c) * width_ + k;
          du[a] += p_.scale * g[i * candidates_ + c] * u[b];
          du[b] += p_.scale * g[i * candidates_ + c] * u[a];
        }
    return du;
  }
  std::vector<double> through_unit(const std::vector<double>& du, bool magnitudes = false) const {
    std::vector<double> out;
    for (size_t r = 0; r < length_.size(); ++r) {
      const bool constant = length_[r] <= 1e-12;
      double along = 0;
      for (size_t k = r * width_; k < (r + 1) * width_ && !constant; ++k)
        along += du[k] * (magnitudes ? std::abs(u_[k]) : u_[k]);
      for (size_t k = r * width_; k < (r + 1) * width_; ++k)
        out.push_back((magnitudes ? du[k] + std::abs(u_[k]) * along : du[k] - u_[k] * along) / std::max(length_[r], 1e-12));
    }
    return out;
  }

  size_t anchors_, candidates_, width_;
  const ContrastiveProblem& p_;
  std::vector<double> length_, u_, z_;
};

// A logit is a chain of d products of u with scale·u, which are rounded, too: about sqrt(d) roundings of at most scale
// (Higham and Mary 2019), here four times that.
inline double logit_error(const ContrastiveProblem& p) { return 4 * (std::sqrt(double(p.width)) + 1) * 0x1p-24 * p.scale; }

// Of a term of dx: a chance errs by twice its logit's error and by two exponentials of 2 ulp; a chain over candidates or
// anchors, and the sum of exponentials, as a logit's.
inline double gradient_error(const ContrastiveProblem& p) {
  return 2 * logit_error(p) + 16 * 0x1p-24 + 8 * std::sqrt(double(p.candidates())) * 0x1p-24;
}

}  // namespace xling::test
