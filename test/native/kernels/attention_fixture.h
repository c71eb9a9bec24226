// What the tests of attention and of its gradients share: problems, the two
// formulas in f64, one pair of tokens at a time, and the kernels' runs.
#pragma once

#include <algorithm>

#include "kernels/attention.h"
#include "kernels/fixture.h"

namespace xling::test {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct AttentionShape {
  std::vector<int64_t> rows;  // tokens of each
  int64_t heads, key_heads, width;
  int32_t before, after;
};

inline const AttentionShape attention_shapes[] = {
    {{}, 1, 1, 8, -1, 0},           {{0}, 3, 1, 8, -1, 0},          {{1}, 3, 1, 24, -1, 0},         {{1}, 1, 1, 8, 0, 0},
    {{7}, 4, 1, 64, -1, 0},         {{65}, 4, 1, 256, -1, 0},       {{65}, 1, 1, 24, -1, -1},       {{65}, 9, 3, 8, 0, 0},
    {{65}, 3, 1, 64, 3, 0},         {{0, 5, 0, 70, 1, 0}, 4, 2, 40, 63, 0}, {{97, 49}, 9, 3, 64, -1, 0}, {{513}, 3, 1, 8, 63, 0},
    {{513}, 1, 1, 8, -1, 0},        {{200}, 3, 1, 8, 1000, 0},      {{200, 9}, 2, 1, 16, 5, 5},     {{150}, 2, 2, 8, 0, -1},
    {{193}, 3, 3, 24, 2, 60},       {{300}, 1, 1, 8, 97, 0},       {{48, 96, 144}, 2, 1, 8, -1, -1}, {{145}, 3, 1, 8, 2147483647, 0},
};

// What a row's mask follows beside what all rows share.
struct RowName {
  uint64_t key;
  uint32_t view;
};

struct AttentionProblem {
  std::vector<int32_t> offsets{0};
  int64_t heads, key_heads, width;
  int32_t before, after;
  float scale;
  Floats q, k, v, dy;
  float rate = 0;
  StreamId masks{0xfedcba9876543210u, RandomPurpose::dropout, 3, 0x80000001u, 0, 0};  // but for what a row has of its own
  std::vector<RowName> names;

  explicit AttentionProblem(const AttentionShape& shape, float dropped = 0)
      : heads(shape.heads), key_heads(shape.key_heads), width(shape.width), before(shape.before), after(shape.after), rate(dropped) {
    for (int64_t tokens : shape.rows) {
      offsets.push_back(offsets.back() + static_cast<int32_t>(tokens));
      names.push_back({0x9e3779b97f4a7c15u * names.size() + 7, static_cast<uint32_t>(names.size() % 2)});
    }
    scale = 1 / std::sqrt(static_cast<float>(width));
    const size_t outputs = static_cast<size_t>(this->tokens() * heads * width), inputs = static_cast<size_t>(this->tokens() * key_heads * width);
    q = random_numbers(outputs, 1);
    k = random_numbers(inputs, 2);
    v = random_numbers(inputs, 3);
    dy = random_numbers(outputs, 4);
  }

  int64_t tokens() const { return offsets.back(); }

  // Row `row` by itself.
  AttentionProblem alone(size_t row) const {
    AttentionProblem out = *this;
    out.offsets = {0, offsets[row + 1] - offsets[row]};
    out.names = {names[row]};
    out.q = cut(q, row), out.k = cut(k, row), out.v = cut(v, row), out.dy = cut(dy, row);
    return out;
  }
  // That row's part of a tensor of all tokens.
  Floats cut(const Floats& all, size_t row) const {
    const auto at = [&](size_t offset) { return all.begin() + static_cast<int64_t>(all.size()) * offsets[offset] / tokens(); };
    return {at(row), at(row + 1)};
  }

  // visit(query token, first key, one past the last key), all counted from the batch's first token.
  template <class Visit>
  void for_each_query(const Visit& visit) const {
    for (size_t row = 0; row + 1 < offsets.size(); ++row)
      for (int64_t t = offsets[row]; t < offsets[row + 1]; ++t) {
        int64_t first = t, last = t + 1;
        while (first > offsets[row] && (before < 0 || t - first < before)) --first;
        while (last < offsets[row + 1] && (after < 0 || last - t <= after)) ++last;
        visit(t, first, last);
      }
  }
  // By what a probability is multiplied; its row's stream is made anew for each.
  float mask(int64_t t, int64_t h, int64_t j) const {
    if (rate == 0) return 1;
    const auto row = static_cast<size_t>(std::upper_bound(offsets.begin(), offsets.end(), t) - offsets.begin() - 1);
    StreamId id = masks;
    id.row = names[row].key, id.view = names[row].view;
    const int64_t query = t - offsets[row], key = j - offsets[row];
    const auto words = RandomStream(id).words(static_cast<uint32_t>(query), static_cast<uint32_t>(h * (1 << 17) + key / 4));
    const bool kept = words[static_cast<size_t>(key % 4)] >= std::round(double{rate} * 4294967296.0);
    return kept ? static_cast<float>(1 / (1 - double{rate})) : 0.0f;
  }
  int64_t at(int64_t token, int64_t head) const { return (token * heads + head) * width; }
  int64_t key_at(int64_t token, int64_t head) const { return (token * key_heads + head / (heads / key_heads)) * width; }
};

template <class A, class B>
double dot(const A* a, const B* b, int64_t width) {
  double sum = 0;
  for (int64_t d = 0; d < width; ++d) sum += double(a[d]) * b[d];
  return sum;
}

struct AttentionTruth {
  Doubles y, lse, dq, dk, dv;
};

// The formulas of kernels/attention.h, gradients and all.
inline AttentionTruth attention_truth(const AttentionProblem& p) {
  AttentionTruth out{Doubles(p.q.size()), Doubles(p.q.size() / static_cast<size_t>(p.width)), Doubles(p.q.size()), Doubles(p.k.size()),
                     Doubles(p.k.size())};
  p.for_each_query([&](int64_t t, int64_t first, int64_t last) {
    for (int64_t h = 0; h < p.heads; ++h) {
      const int64_t query = p.at(t, h);
      Doubles prob;
      double most = -INFINITY, total = 0;
      for (int64_t j = first; j < last; ++j) prob.push_back(p.scale * dot(&p.q[query], &p.k[p.key_at(j, h)], p.width));
      for (double s : prob) most = std::max(most, s);
      for (double& s : prob) total += s = std::exp(s - most);
      for (double& s : prob) s /= total;
      out.lse[t * p.heads + h] = most + std::log(total);
      for (int64_t j = first; j < last; ++j)
        for (int64_t d = 0; d < p.width; ++d) out.y[query + d] += prob[j - first] * p.mask(t, h, j) * p.v[p.key_at(j, h) + d];
      const double delta = dot(&p.dy[query], &out.y[query], p.width);
      for (int64_t j = first; j < last; ++j) {
        const int64_t key = p.key_at(j, h);
        const double m = p.mask(t, h, j), ds = p.scale * prob[j - first] * (m * dot(&p.dy[query], &p.v[key], p.width) - delta);
        for (int64_t d = 0; d < p.width; ++d) {
          out.dq[query + d] += ds * p.k[key + d];
          out.dk[key + d] += ds * p.q[query + d];
          out.dv[key + d] += prob[j - first] * m * p.dy[query + d];
        }
      }
    }
  });
  return out;
}

struct AttentionOutcome {
  Floats y, lse, dq, dk, dv;
  bool operator==(const AttentionOutcome& o) const { return y == o.y && lse == o.lse && dq == o.dq && dk == o.dk && dv == o.dv; }
};

// A problem's tensors on a device; outputs start from `start`.
struct PlacedAttention {
  std::shared_ptr<Backend> backend;
  const AttentionProblem& p;
  Placed q, k, v, offsets, keys, y, lse, dy, dq, dk, dv;

  PlacedAttention(std::shared_ptr<Backend> on, const AttentionProblem& problem, float start = 0)
      : backend(std::move(on)),
        p(problem),
        q(backend, {p.tokens(), p.heads, p.width}, p.q),
        k(backend, {p.tokens(), p.key_heads, p.width}, p.k),
        v(backend, {p.tokens(), p.key_heads, p.width}, p.v),
        offsets(backend, {static_cast<int64_t>(p.offsets.size())}, DType::i32),
        keys(backend, {static_cast<int64_t>(p.names.size()), 3}, DType::i32),
        y(backend, {p.tokens(), p.heads, p.width}, Floats(p.q.size(), NAN)),
        lse(backend, {p.tokens(), p.heads}, Floats(p.q.size() / static_cast<size_t>(p.width), NAN)),
        dy(backend, {p.tokens(), p.heads, p.width}, p.dy),
        dq(backend, {p.tokens(), p.heads, p.width}, Floats(p.q.size(), start)),
        dk(backend, {p.tokens(), p.key_heads, p.width}, Floats(p.k.size(), start)),
        dv(backend, {p.tokens(), p.key_heads, p.width}, Floats(p.k.size(), start)) {
    backend->write(Tensor(offsets).data, p.offsets.data(), sizeof(int32_t) * p.offsets.size());
    std::vector<int32_t> words;
    for (const auto& [key, view] : p.names)
      for (uint64_t word : {key, key >> 32, uint64_t{view}}) words.push_back(bits(word));
    backend->write(Tensor(keys).data, words.data(), sizeof(int32_t) * words.size());
  }

  static int32_t bits(uint64_t number) { return static_cast<int32_t>(static_cast<uint32_t>(number)); }
  AttentionDropout dropout() const {
    if (p.rate == 0) return {};
    return {keys, bits(p.masks.seed), bits(p.masks.seed >> 32), bits(p.masks.op), bits(p.masks.step), p.rate};
  }

  Attention forward() const { return {q, k, v, offsets, y, lse, p.scale, p.before, p.after, dropout()}; }
  AttentionBackward backward() const { return {q, k, v, offsets, y, lse, dy, dq, dk, dv, p.scale, p.before, p.after, dropout()}; }
  AttentionOutcome read() const { return {y.read(), lse.read(), dq.read(), dk.read(), dv.read()}; }
};

// Forward alone.
inline AttentionOutcome attend(const std::shared_ptr<Backend>& backend, const AttentionProblem& p) {
  const PlacedAttention placed(backend, p);
  backend->run(placed.forward());
  return {placed.y.read(), placed.lse.read(), {}, {}, {}};
}

inline AttentionOutcome run_attention(const std::shared_ptr<Backend>& backend, const AttentionProblem& p, float start = 0) {
  const PlacedAttention placed(backend, p, start);
  backend->run(placed.forward());
  backend->run(placed.backward());
  return placed.read();
}

}  // namespace xling::test
