// Sums of adapters as adapters, one linear layer at a time. What an adapter adds, B·A, is [outputs, inputs] and never formed:
// all work is on the factors, [rank, inputs] and [outputs, rank].
#pragma once

#include <cstdint>
#include <vector>

namespace xling {

// An adapter's factors on one layer, on the host.
struct Factors {
  int64_t rank, inputs, outputs;
  std::vector<float> a;  // [rank, inputs]
  std::vector<float> b;  // [outputs, rank]
};

struct WeightedFactors {
  Factors factors;
  double scale;   // of what the adapter adds
  double weight;  // in the sum
};

// Their terms have one shape but for the rank; of what they give the scale is 1. ERR_NON_FINITE for a factor beyond f32.

// sum_i weight_i·scale_i·B_i·A_i, exactly: A_i one below the other, weight_i·scale_i·B_i side by side.
Factors concatenated(const std::vector<WeightedFactors>& terms);

// The nearest to that sum of this rank (Eckart and Young 1936): its largest singular values, their square roots in each factor.
// The rank is at most the sum of the terms', and at most inputs and outputs.
Factors truncated(const std::vector<WeightedFactors>& terms, int64_t rank);

// A = sum_i weight_i·A_i and B = sum_i weight_i·scale_i·B_i, as AdaMergeX subtracts and adds (Zhao et al. 2024, arXiv 2402.18913).
// Terms have one rank.
Factors factor_wise(const std::vector<WeightedFactors>& terms);

}  // namespace xling
