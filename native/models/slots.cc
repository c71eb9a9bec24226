#include "models/slots.h"

#include <algorithm>
#include <iterator>

namespace xling {

std::vector<Slot> linear_layers(const std::vector<Slot>& slots) {
  std::vector<Slot> out;
  std::copy_if(slots.begin(), slots.end(), std::back_inserter(out),
               [](const Slot& slot) { return slot.shape.rank == 2 && slot.name.compare(0, 7, "layers.") == 0; });
  return out;
}

}  // namespace xling
