#include "models/model_weights.h"

#include <cstring>

#include "check.h"
#include "kernels/fixture.h"

namespace {

using namespace xling;

const Slot slot{"layers.0.query", {6, 64}};

// A frozen matrix in q8_0.
struct Frozen {
  std::shared_ptr<Backend> backend = test::cpu_with(chosen_isa(), 1);
  ModelWeights weights{backend};
  std::vector<uint8_t> bytes = test::random_bytes(Storage::q8_0, slot.shape, 1);

  Frozen() { weights.freeze(slot, {Storage::q8_0, bytes.data()}); }

  std::vector<float> numbers(const Buffer& wide) const {
    std::vector<float> out(slot.shape.numel());
    backend->read(out.data(), wide.data(), out.size() * sizeof(float));
    return out;
  }
};

TEST("model_weights: a matrix is read in its storage as it came, and in f32 as the numbers that it stands for") {
  Frozen frozen;
  CHECK(frozen.weights.read(slot, Storage::q8_0) == frozen.bytes);
  const auto f32 = frozen.weights.read(slot, Storage::f32);
  const auto numbers = frozen.numbers(frozen.weights.wide(slot));
  CHECK(f32.size() == numbers.size() * sizeof(float) && std::memcmp(f32.data(), numbers.data(), f32.size()) == 0);
}

TEST("model_weights: exchanged for another storage and back, numbers and bytes are what they were") {
  Frozen frozen;
  ModelWeights& weights = frozen.weights;
  const size_t before = weights.bytes();
  const auto numbers = frozen.numbers(weights.wide(slot));
  std::map<std::string, ModelWeights::Held> others;
  others.emplace(slot.name, weights.other(slot, weights.wide(slot), Storage::f32));
  const size_t other = others.at(slot.name).memory.bytes();
  CHECK(other > before && weights.bytes() == before);
  weights.exchange(others);
  CHECK(weights.bytes() == other);
  CHECK(weights.matrix(slot.name).storage == Storage::f32);
  CHECK(frozen.numbers(weights.wide(slot)) == numbers);
  weights.exchange(others);
  CHECK(weights.bytes() == before);
  CHECK(weights.read(slot, Storage::q8_0) == frozen.bytes);
}

TEST("model_weights: what trains goes on training in its other numbers") {
  Frozen frozen;
  ModelWeights weights(frozen.backend);
  weights.make_trainable(slot, {Storage::q8_0, frozen.bytes.data()});
  std::map<std::string, ModelWeights::Held> others;
  others.emplace(slot.name, weights.other(slot, weights.wide(slot), Storage::f32));
  const void* own = weights.matrix(slot.name).data;
  weights.exchange(others);
  CHECK(weights.trainable({slot}).size() == 1);
  CHECK(weights.trainable({slot})[0].value.data != own);
  CHECK(weights.matrix(slot.name).layout == Layout::rows);
  weights.exchange(others);
  CHECK(weights.matrix(slot.name).data == own);
}

}  // namespace
