#include "models/trainables.h"

#include <algorithm>
#include <cmath>

namespace xling {

namespace {

std::vector<Shape> shapes_of(const std::vector<Trainables::Entry>& entries) {
  std::vector<Shape> out;
  for (const auto& entry : entries) out.push_back(entry.value.shape);
  return out;
}

}  // namespace

Trainables::Trainables(std::shared_ptr<Backend> backend, std::vector<Entry> entries)
    : backend_(std::move(backend)), entries_(std::move(entries)), gradients_(backend_, shapes_of(entries_)), norm_(backend_, sizeof(float)),
      used_(entries_.size()), steps_(entries_.size()) {}

Tensor Trainables::gradient(const std::string& name) const {
  for (size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].name == name) return gradients_[i];
  return {};
}

void Trainables::zero_gradients() {
  gradients_.zero();
  used_.assign(used_.size(), false);
}

void Trainables::use(const std::function<bool(const std::string&)>& names) {
  for (size_t i = 0; i < entries_.size(); ++i)
    if (names(entries_[i].name)) used_[i] = true;
}

bool Trainables::used() const { return std::find(used_.begin(), used_.end(), true) != used_.end(); }

double Trainables::norm_of(const Tensor& numbers) {
  const Tensor out{norm_.data(), Shape{1}, DType::f32};
  backend_->run(GradNorm{numbers, out});
  float norm;
  backend_->read(&norm, out.data, out.bytes());
  return norm;
}

double Trainables::gradient_norm() {
  const double norm = norm_of(gradients_.whole());  // what lies between them is zero
  if (std::isfinite(norm)) return norm;
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!std::isfinite(norm_of(gradients_[i])))
      fail(ErrorCode::non_finite, "the gradient of ", entries_[i].name,
           " has a NaN or an infinity, and nothing was changed; use a smaller learning rate, and look for damaged weights");
  fail(ErrorCode::non_finite, "the gradients' norm is beyond what f32 holds, and nothing was changed; use a smaller learning rate");
}

void Trainables::reserve_moments() {
  if (!second_moments_.empty()) return;
  first_moments_ = TensorBlock(backend_, shapes_of(entries_));
  second_moments_ = TensorBlock(backend_, shapes_of(entries_));
}

void Trainables::step(const AdamWSettings& settings, float scale, const std::vector<bool>& without_decay) {
  reserve_moments();
  AdamWSettings undecayed = settings;
  undecayed.weight_decay = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!used_[i]) continue;
    const AdamWNumbers numbers = adamw_numbers(without_decay[i] ? undecayed : settings, ++steps_[i]);
    backend_->run(AdamW{entries_[i].value, first_moments_[i], second_moments_[i], gradients_[i], scale, numbers});
  }
}

}  // namespace xling
