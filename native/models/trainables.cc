#include "models/trainables.h"

#include <cmath>

#include "core/arena.h"

namespace xling {

namespace {

size_t padded(const Tensor& tensor) { return checked_round_up(tensor.bytes(), Arena::alignment, "gradients"); }

// Tensors like the entries', one after another in the memory.
std::vector<Tensor> laid_out(const std::vector<Trainables::Entry>& entries, const Buffer& memory, size_t first_byte) {
  std::vector<Tensor> out;
  char* next = static_cast<char*>(memory.data()) + first_byte;
  for (const auto& entry : entries) {
    out.push_back({next, entry.value.shape, DType::f32});
    next += padded(entry.value);
  }
  return out;
}

}  // namespace

Trainables::Trainables(std::shared_ptr<Backend> backend, std::vector<Entry> entries)
    : backend_(std::move(backend)), entries_(std::move(entries)) {
  gradient_memory_ = Buffer(backend_, padded_bytes());
  norm_ = Buffer(backend_, sizeof(float));
  gradients_ = laid_out(entries_, gradient_memory_, 0);
  zero_gradients();
}

size_t Trainables::padded_bytes() const {
  size_t bytes = 0;
  for (const Entry& entry : entries_) bytes = checked_add(bytes, padded(entry.value), "gradients");
  return bytes;
}

Tensor Trainables::gradient(const std::string& name) const {
  for (size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].name == name) return gradients_[i];
  return {};
}

void Trainables::zero_gradients() {
  backend_->zero(gradient_memory_.data(), gradient_memory_.bytes());
  touched = false;
}

double Trainables::norm_of(const Tensor& numbers) {
  const Tensor out{norm_.data(), Shape{1}, DType::f32};
  backend_->run(GradNorm{numbers, out});
  float norm;
  backend_->read(&norm, out.data, out.bytes());
  return norm;
}

double Trainables::gradient_norm() {
  // What lies between gradients is zero from the start, and nobody writes there.
  const auto numbers = static_cast<int64_t>(gradient_memory_.bytes() / sizeof(float));
  const double norm = norm_of({gradient_memory_.data(), Shape{numbers}, DType::f32});
  if (std::isfinite(norm)) return norm;
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!std::isfinite(norm_of(gradients_[i])))
      fail(ErrorCode::non_finite, "the gradient of ", entries_[i].name,
           " has a NaN or an infinity, and nothing was changed; use a smaller learning rate, and look for damaged weights");
  fail(ErrorCode::non_finite, "the gradients' norm is beyond what f32 holds, and nothing was changed; use a smaller learning rate");
}

void Trainables::reserve_moments() {
  if (moment_memory_.data()) return;
  const size_t bytes = padded_bytes();
  moment_memory_ = Buffer(backend_, 2 * bytes);
  backend_->zero(moment_memory_.data(), 2 * bytes);
  first_moments_ = laid_out(entries_, moment_memory_, 0);
  second_moments_ = laid_out(entries_, moment_memory_, bytes);
}

void Trainables::step(const AdamWSettings& settings, float scale, const std::vector<bool>& without_decay) {
  reserve_moments();
  AdamWSettings undecayed = settings;
  undecayed.weight_decay = 0;
  const AdamWNumbers numbers = adamw_numbers(settings, steps_ + 1), without = adamw_numbers(undecayed, steps_ + 1);
  ++steps_;
  for (size_t i = 0; i < entries_.size(); ++i)
    backend_->run(AdamW{entries_[i].value, first_moments_[i], second_moments_[i], gradients_[i], scale,
                        without_decay[i] ? without : numbers});
}

}  // namespace xling
