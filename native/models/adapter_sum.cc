#include "models/adapter_sum.h"

#include <algorithm>
#include <cmath>

namespace xling {

namespace {

constexpr char advice[] = " once the adapters are merged; use smaller weights, and look for damaged adapters";

float largest(const std::vector<float>& numbers) {
  float out = 0;
  for (const float number : numbers) out = std::isnan(number) ? number : std::max(out, std::abs(number));
  return out;
}

// All of a sum on one layer, as one pair of factors with scale 1.
class MergedFactors {
 public:
  explicit MergedFactors(const MergedMatrix& of)
      : factors_(concatenated(factors_of(*of.backend, of.sum, of.slot.name))),
        a_(of.backend, factors_.a.size() * sizeof(float)),
        b_(of.backend, factors_.b.size() * sizeof(float)) {
    of.backend->write(a_.data(), factors_.a.data(), a_.bytes());
    of.backend->write(b_.data(), factors_.b.data(), b_.bytes());
  }

  // No number that they add is larger.
  double bound() const { return static_cast<double>(factors_.rank) * largest(factors_.a) * largest(factors_.b); }

  AdapterMerge op(const Weight& w, const Weight& y) const {
    const auto& [rank, inputs, outputs, a, b] = factors_;
    return {{a_.data(), {rank, inputs}, DType::f32}, {b_.data(), {outputs, rank}, DType::f32}, w, y};
  }

 private:
  Factors factors_;
  Buffer a_, b_;
};

Buffer merged_wide(const MergedMatrix& of, const MergedFactors& factors) {
  Buffer memory = of.weights.wide(of.slot);
  const Weight matrix{memory.data(), of.slot.shape[0], of.slot.shape[1], Storage::f32, Layout::rows};
  of.backend->run(factors.op(matrix, matrix));
  const Buffer norm(of.backend, sizeof(float));
  of.backend->run(GradNorm{{memory.data(), of.slot.shape, DType::f32}, {norm.data(), Shape{1}, DType::f32}});
  float length;
  of.backend->read(&length, norm.data(), sizeof length);
  if (!std::isfinite(length)) fail(ErrorCode::non_finite, of.slot.name, " has a NaN, or numbers beyond f32,", advice);
  return memory;
}

}  // namespace

bool adds_to(const AdapterSum& sum, const std::string& slot) {
  return std::any_of(sum.begin(), sum.end(), [&](const AdapterTerm& term) { return term.adapter->layer(slot) != nullptr; });
}

std::vector<WeightedFactors> factors_of(Backend& backend, const AdapterSum& sum, const std::string& slot) {
  std::vector<WeightedFactors> out;
  for (const auto& [adapter, weight] : sum) {
    const LoraParameters* layer = adapter->layer(slot);
    if (!layer) continue;
    const Tensor &a = layer->a.value, &b = layer->b.value;
    Factors read{a.shape[0], a.shape[1], b.shape[0], std::vector<float>(a.shape.numel()), std::vector<float>(b.shape.numel())};
    backend.read(read.a.data(), a.data, a.bytes());
    backend.read(read.b.data(), b.data, b.bytes());
    out.push_back({std::move(read), layer->scale, weight});
  }
  return out;
}

Buffer MergedMatrix::wide() const { return merged_wide(*this, MergedFactors(*this)); }

// Where nothing can overflow, what the matrix is stored in is added to as it lies.
ModelWeights::Held MergedMatrix::held(Storage storage) const {
  const MergedFactors factors(*this);
  const Weight own = weights.matrix(slot.name);
  const bool as_it_lies = storage == own.storage && AdapterMerge::can_prepare(storage) && factors.bound() < 1e30;
  if (!as_it_lies) return weights.other(slot, merged_wide(*this, factors), storage);
  ModelWeights::Held out = weights.room(slot);
  backend->run(factors.op(own, out.weight));
  return out;
}

Storage merged_storage(Storage storage) { return can_be_written(storage) ? storage : Storage::bf16; }

}  // namespace xling
