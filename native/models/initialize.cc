#include "models/initialize.h"

#include <cmath>

#include "core/host_limits.h"

namespace xling {

namespace {

// Box and Muller 1958: two normal numbers from two uniform ones.
void fill_normal(std::vector<float>& numbers, const StreamId& id, float deviation) {
  const RandomStream stream(id);
  constexpr double turn = 6.283185307179586;
  for (size_t i = 0; i < numbers.size(); i += 4) {
    const auto words = stream.words(static_cast<uint32_t>(i >> 34), static_cast<uint32_t>(i >> 2));
    for (size_t pair = 0; pair < 4; pair += 2) {
      const double radius = deviation * std::sqrt(-2 * std::log(static_cast<double>(uniform_positive(words[pair]))));
      const double angle = turn * static_cast<double>(uniform(words[pair + 1]));
      if (i + pair < numbers.size()) numbers[i + pair] = static_cast<float>(radius * std::cos(angle));
      if (i + pair + 1 < numbers.size()) numbers[i + pair + 1] = static_cast<float>(radius * std::sin(angle));
    }
  }
}

bool is_bias(const std::string& name) {
  const std::string end = ".bias";
  return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::vector<float> initial_numbers(const Slot& slot, const StreamId& stream, const InitialNumbers& how) {
  const size_t count = slot.shape.numel();
  require_memory(checked_mul(count, sizeof(float), "bytes of a tensor"), slot.name.c_str());
  std::vector<float> numbers(count);
  if (slot.shape.rank == 2)
    fill_normal(numbers, stream, how.deviation);
  else if (!is_bias(slot.name))
    numbers.assign(numbers.size(), how.gain);
  return numbers;
}

}  // namespace xling
