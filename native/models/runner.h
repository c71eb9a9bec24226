// Runs a pass in a workspace that fits it: counted first, then reserved, then run.
#pragma once

#include <functional>
#include <memory>

#include "autograd/pass.h"
#include "backend/workspace.h"

namespace xling {

class Runner {
 public:
  explicit Runner(std::shared_ptr<Backend> backend) : backend_(backend), workspace_(std::move(backend)) {}

  // What a pass does; it is called twice, first on a device that only counts
  // bytes, so it must not do anything else than ask the pass's device.
  using Body = std::function<void(Pass&)>;

  void run(const Body& body, const CancelToken* cancel);

  // Bytes of workspace that the body needs, without running it.
  size_t need(const Body& body) const;

  size_t bytes() const { return workspace_.bytes(); }  // reserved so far

 private:
  std::shared_ptr<Backend> backend_;
  Workspace workspace_;
};

}  // namespace xling
