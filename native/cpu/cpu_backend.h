// The reference backend: this process's memory, one ISA, one thread pool.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "core/thread_pool.h"
#include "cpu/gemm/gemm.h"
#include "cpu/simd/loops.h"

namespace xling {

class CpuBackend : public Backend {
 public:
  CpuBackend(const simd::Loops& loops, ThreadPool& pool) : loops_(loops), pool_(pool), gemm_(loops.gemm, pool) {}

  // The chosen ISA on the process's pool.
  static std::shared_ptr<Backend> open();

  DeviceInfo info() const override;

  void* allocate(size_t bytes) override;
  void release(void* address, size_t bytes) noexcept override;
  void write(void* device, const void* host, size_t bytes) override;
  void read(void* host, const void* device, size_t bytes) override;
  void zero(void* device, size_t bytes) override;
  size_t weight_bytes(Storage storage, int64_t rows, int64_t cols) const override;
  void write_weight(const Weight& device, const void* host) override;
  void read_weight(void* host, const Weight& device) override;

 private:
  void execute(const RmsNorm& op) override;
  void execute(const RmsNormBackward& op) override;
  void execute(const Linear& op) override;
  void execute(const LinearInputGrad& op) override;
  void execute(const LinearWeightGrad& op) override;
  void execute(const LoraLinear& op) override;
  void execute(const LoraLinearBackward& op) override;
  void execute(const AdapterMerge& op) override;
  void execute(const Quantize& op) override;
  void execute(const Dequantize& op) override;
  void execute(const Attention& op) override;
  void execute(const AttentionBackward& op) override;
  void execute(const AttentionDecode& op) override;
  void execute(const KvCopy& op) override;
  void execute(const Embedding& op) override;
  void execute(const EmbeddingBackward& op) override;
  void execute(const LinearCrossEntropy& op) override;
  void execute(const Sample& op) override;
  void execute(const RopeTable& op) override;
  void execute(const Rope& op) override;
  void execute(const GatedActivation& op) override;
  void execute(const GatedActivationBackward& op) override;
  void execute(const SoftCap& op) override;
  void execute(const SoftCapBackward& op) override;
  void execute(const Dropout& op) override;
  void execute(const AdamW& op) override;
  void execute(const GradNorm& op) override;
  void execute(const LayerNorm& op) override;
  void execute(const LayerNormBackward& op) override;
  void execute(const Activate& op) override;
  void execute(const ActivateBackward& op) override;
  void execute(const Pool& op) override;
  void execute(const PoolBackward& op) override;
  void execute(const Contrastive& op) override;

  void merge_in_rows(const AdapterMerge& op);
  void merge_in_panels(const AdapterMerge& op);

  // body(begin, end) over [0, count) in pieces of `piece`: a cut by shape.
  void split(int64_t count, int64_t piece, const std::function<void(int64_t, int64_t)>& body);

  const simd::Loops& loops_;
  ThreadPool& pool_;
  GemmRunner gemm_;
  std::vector<float> logits_;  // a tile, or its gradients; at most 4 MiB
};

}  // namespace xling
