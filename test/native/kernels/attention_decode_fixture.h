// What the tests of a cache's kernels share: a cache, and rows that are fed to
// it in calls of any size.
#pragma once

#include <cstring>

#include "kernels/attention_decode.h"
#include "kernels/attention_fixture.h"

namespace xling::test {

class PlacedInts {
 public:
  PlacedInts(const std::shared_ptr<Backend>& backend, const std::vector<int32_t>& values)
      : placed_(backend, {int64_t(values.size())}, DType::i32) {
    backend->write(Tensor(placed_).data, values.data(), sizeof(int32_t) * values.size());
  }
  operator Tensor() const { return placed_; }

 private:
  Placed placed_;
};

// Whether two lists of numbers have the same bits, NaNs too.
inline bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), sizeof(float) * a.size()) == 0);
}

// Keys and values full of a poison that nobody may use.
struct PlacedCache {
  Placed keys, values;
  PlacedCache(const std::shared_ptr<Backend>& backend, const Shape& shape, float poison = NAN)
      : keys(backend, shape, Floats(shape.numel(), poison)), values(backend, shape, Floats(shape.numel(), poison)) {}
};

// Some rows of a call, and how many tokens each gets.
using Portions = std::vector<std::pair<size_t, int64_t>>;

// A call's tensors; y starts as NaN.
struct PlacedDecode {
  std::shared_ptr<Backend> backend;
  Placed q, k, v;
  PlacedInts offsets, slots, starts;
  Placed y;
  float scale;
  int32_t before;

  AttentionDecode op(const PlacedCache& cache) const {
    return {q, k, v, offsets, slots, starts, cache.keys, cache.values, y, scale, before};
  }
};

// The rows of a problem on their way through a cache: row b in slot slots[b].
class Feeding {
 public:
  Feeding(std::shared_ptr<Backend> backend, const AttentionProblem& problem, const PlacedCache& cache,
          std::vector<int32_t> slots)
      : backend_(std::move(backend)), p_(problem), cache_(cache), slots_(std::move(slots)), fed_(slots_.size()), y_(p_.q.size(), NAN) {}

  int64_t left(size_t row) const { return p_.offsets[row + 1] - p_.offsets[row] - fed_[row]; }
  // The row goes on elsewhere, or from another position.
  void move(size_t row, int32_t slot, int32_t fed) { slots_[row] = slot, fed_[row] = fed; }
  // Of every token that has been fed.
  const Floats& y() const { return y_; }

  PlacedDecode place(const Portions& portions) const {
    std::vector<int32_t> offsets{0}, slots, starts;
    Floats q, k, v;
    for (const auto& [row, tokens] : portions) {
      const int64_t first = p_.offsets[row] + fed_[row];
      const auto add = [&](Floats& to, const Floats& from, int64_t width) {
        to.insert(to.end(), from.begin() + first * width, from.begin() + (first + tokens) * width);
      };
      add(q, p_.q, p_.heads * p_.width), add(k, p_.k, p_.key_heads * p_.width), add(v, p_.v, p_.key_heads * p_.width);
      offsets.push_back(offsets.back() + static_cast<int32_t>(tokens));
      slots.push_back(slots_[row]), starts.push_back(fed_[row]);
    }
    const Shape queries{offsets.back(), p_.heads, p_.width}, keys{offsets.back(), p_.key_heads, p_.width};
    return {backend_, {backend_, queries, q}, {backend_, keys, k}, {backend_, keys, v}, {backend_, offsets}, {backend_, slots},
            {backend_, starts}, {backend_, queries, Floats(q.size(), NAN)}, p_.scale, p_.before};
  }

  void feed(const Portions& portions) {
    const PlacedDecode call = place(portions);
    backend_->run(call.op(cache_));
    const Floats y = call.y.read();
    auto from = y.begin();
    for (const auto& [row, tokens] : portions) {
      const int64_t width = p_.heads * p_.width;
      std::copy(from, from + tokens * width, y_.begin() + (p_.offsets[row] + fed_[row]) * width);
      from += tokens * width;
      fed_[row] += static_cast<int32_t>(tokens);
    }
  }
  // All that is left of every row, at most `chunk` tokens of each at a time.
  void feed_all(int64_t chunk) {
    for (;;) {
      Portions portions;
      int64_t tokens = 0;
      for (size_t row = 0; row < slots_.size(); ++row) {
        portions.push_back({row, std::min(chunk, left(row))});
        tokens += portions.back().second;
      }
      if (tokens == 0) return;
      feed(portions);
    }
  }

 private:
  std::shared_ptr<Backend> backend_;
  const AttentionProblem& p_;
  const PlacedCache& cache_;
  std::vector<int32_t> slots_, fed_;
  Floats y_;
};

// y of the whole rows at once.
inline Floats attention_y(const std::shared_ptr<Backend>& backend, const AttentionProblem& p) {
  const PlacedAttention placed(backend, p);
  Attention op = placed.forward();
  op.lse = {};
  backend->run(op);
  return placed.y.read();
}

// The fewest places with which rows can be fed `chunk` tokens at a time.
inline int64_t fewest_places(const AttentionProblem& p, int64_t chunk) {
  int64_t longest = 1;
  for (size_t row = 0; row + 1 < p.offsets.size(); ++row)
    longest = std::max<int64_t>(longest, p.offsets[row + 1] - p.offsets[row]);
  const int64_t need = p.before < 0 ? longest : std::min(chunk, longest) + p.before;
  return (need + 95) / 96 * 96;
}

}  // namespace xling::test
