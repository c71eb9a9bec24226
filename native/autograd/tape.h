// What forward leaves behind for backward: a list of nodes, walked from its end.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "core/arena.h"

namespace xling {

// A forward that is given a tape trains; without one it infers and keeps nothing.
class Tape {
 public:
  // `saved_from` is the arena's left mark before the op saved anything: its
  // memory is given back as soon as its backward has run.
  void record(size_t saved_from, std::function<void()> backward) {
    nodes_.push_back({saved_from, std::move(backward)});
  }

  // Runs every node's backward, last first, and empties the tape.
  void backward(Arena& arena) {
    while (!nodes_.empty()) {
      Node node = std::move(nodes_.back());
      nodes_.pop_back();
      node.backward();
      arena.pop_left(node.saved_from);
    }
  }

  size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    size_t saved_from;
    std::function<void()> backward;
  };
  std::vector<Node> nodes_;
};

}  // namespace xling
