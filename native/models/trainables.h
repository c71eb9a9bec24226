// Tensors that train together: their gradients, and what AdamW remembers of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/tensor_block.h"

namespace xling {

class Trainables {
 public:
  struct Entry {
    std::string name;
    Tensor value;  // f32; lives longer than this
  };

  // Takes memory for the gradients, which are zero; the moments' comes with the first step.
  Trainables(std::shared_ptr<Backend> backend, std::vector<Entry> entries);

  const std::vector<Entry>& entries() const { return entries_; }
  Tensor gradient(size_t entry) const { return gradients_[entry]; }
  // Absent if nothing of that name trains.
  Tensor gradient(const std::string& name) const;
  void zero_gradients();
  // The entries of these names have gradients now: what none was ever added to, a step leaves alone, as torch does.
  void use(const std::function<bool(const std::string&)>& names);
  bool used() const;  // any of them, since the gradients were last zero

  // The norm of all gradients together. ERR_NON_FINITE, naming the first entry at fault.
  double gradient_norm();

  // Takes the moments' memory, which the first step would; they are zero then.
  void reserve_moments();
  // AdamW's, once they have memory.
  Tensor first_moment(size_t entry) const { return first_moments_[entry]; }
  Tensor second_moment(size_t entry) const { return second_moments_[entry]; }

  // One step of AdamW with gradients times `scale` on what is used; an entry for which `without_decay` is true has
  // weight decay 0.
  void step(const AdamWSettings& settings, float scale, const std::vector<bool>& without_decay);

  size_t bytes() const { return gradients_.bytes() + first_moments_.bytes() + second_moments_.bytes(); }

  // That an entry has done so far.
  int64_t steps(size_t entry) const { return steps_[entry]; }
  // As it was when its values and moments were what they are set to beside this.
  void set_steps(size_t entry, int64_t steps) { steps_.at(entry) = steps; }

 private:
  double norm_of(const Tensor& numbers);

  std::shared_ptr<Backend> backend_;
  std::vector<Entry> entries_;
  TensorBlock gradients_, first_moments_, second_moments_;
  Buffer norm_;
  std::vector<bool> used_;
  std::vector<int64_t> steps_;  // of each entry
};

}  // namespace xling
