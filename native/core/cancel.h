// One flag, shared by whoever may cancel and whoever must notice.
#pragma once

#include <atomic>
#include <memory>

#include "core/error.h"

namespace xling {

class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void cancel() const noexcept { flag_->store(true, std::memory_order_release); }
  bool cancelled() const noexcept { return flag_->load(std::memory_order_acquire); }

  // Polled between blocks of a model and between tokens.
  void check() const {
    if (cancelled()) fail(ErrorCode::aborted, "the work was aborted");
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace xling
