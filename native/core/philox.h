// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011): a counter-based generator, so any element of a stream can be drawn
// in any order, on any thread, and drawn again in backward.
#pragma once

#include <array>
#include <cstdint>

namespace xling {

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

constexpr int philox_rounds = 10;
constexpr uint32_t philox_multiplier0 = 0xD2511F53u, philox_multiplier1 = 0xCD9E8D57u;
constexpr uint32_t philox_weyl0 = 0x9E3779B9u, philox_weyl1 = 0xBB67AE85u;

inline PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < philox_rounds; ++round) {
    const uint64_t product0 = uint64_t{philox_multiplier0} * counter[0];
    const uint64_t product1 = uint64_t{philox_multiplier1} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += philox_weyl0;
    key[1] += philox_weyl1;
  }
  return counter;
}

enum class RandomPurpose : uint32_t { init = 1, dropout = 2, sampling = 3, shuffle = 4 };

// What a stream is for. Two streams differ if any field differs.
struct StreamId {
  uint64_t seed = 0;
  RandomPurpose purpose = RandomPurpose::init;
  uint32_t op = 0;     // which op of the forward function
  uint32_t step = 0;   // optimizer steps done
  uint32_t view = 0;   // the first or second pass over one sentence
  uint64_t row = 0;    // the row's key in the data set
};

// A stream of four words per (token in row, group of four features). Its
// identity is hashed to 128 bits: 64 are Philox's key, 64 the counter's upper half.
class RandomStream {
 public:
  explicit RandomStream(const StreamId& id) {
    const PhiloxKey seed = {static_cast<uint32_t>(id.seed), static_cast<uint32_t>(id.seed >> 32)};
    const PhiloxCounter where = philox({static_cast<uint32_t>(id.purpose), id.op, id.step, id.view}, seed);
    const PhiloxCounter mixed =
        philox({where[0] ^ static_cast<uint32_t>(id.row), where[1] ^ static_cast<uint32_t>(id.row >> 32), where[2], where[3]}, seed);
    key_ = {mixed[0], mixed[1]};
    upper_ = {mixed[2], mixed[3]};
  }

  PhiloxCounter words(uint32_t token, uint32_t group) const { return philox({group, token, upper_[0], upper_[1]}, key_); }

  // For loops that draw many groups at once.
  PhiloxKey key() const { return key_; }
  std::array<uint32_t, 2> upper() const { return upper_; }

 private:
  PhiloxKey key_;
  std::array<uint32_t, 2> upper_;
};

// Uniform on [0, 1) with 24 bits: every value is exact in f32.
inline float uniform(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

// Uniform on (0, 1]: safe under a logarithm.
inline float uniform_positive(uint32_t word) { return (static_cast<float>(word >> 8) + 1.0f) * 0x1p-24f; }

}  // namespace xling
