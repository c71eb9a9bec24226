#include "backend/device_worker.h"

#include <algorithm>

namespace xling {

// Guarded by the worker's mutex.
class DeviceWorker::Queue {
 public:
  std::deque<std::shared_ptr<Job>> jobs;  // the first may have begun
  bool begun = false;
  bool closed = false;
};

namespace {

std::exception_ptr error_of(ErrorCode code, const char* message) {
  return std::make_exception_ptr(Error(code, message));
}

std::exception_ptr disposed() { return error_of(ErrorCode::disposed, "its context was disposed; open a new one"); }

std::exception_ptr aborted() { return error_of(ErrorCode::aborted, "the work was aborted"); }

}  // namespace

DeviceWorker::DeviceWorker() : thread_([this] { serve(); }) {}

DeviceWorker::~DeviceWorker() {
  std::deque<std::shared_ptr<Queue>> left;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    left = ready_;
    if (running_) left.push_back(running_);
  }
  for (const auto& queue : left) close(queue);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::shared_ptr<DeviceWorker::Queue> DeviceWorker::open_queue() { return std::make_shared<Queue>(); }

void DeviceWorker::submit(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!queue->closed) {
      queue->jobs.push_back(std::move(job));
      if (queue->jobs.size() == 1) ready_.push_back(queue);
      wake_.notify_one();
      return;
    }
  }
  job->finished(disposed());
}

void DeviceWorker::cancel(const std::shared_ptr<Queue>& queue, const std::shared_ptr<Job>& job) {
  job->cancel.cancel();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& jobs = queue->jobs;
    const auto found = std::find(jobs.begin(), jobs.end(), job);
    if (found == jobs.end() || (found == jobs.begin() && queue->begun)) return;
    jobs.erase(found);
    if (jobs.empty()) ready_.erase(std::remove(ready_.begin(), ready_.end(), queue), ready_.end());
  }
  job->finished(aborted());
}

void DeviceWorker::close(const std::shared_ptr<Queue>& queue) {
  std::deque<std::shared_ptr<Job>> waiting;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    queue->closed = true;
    for (const auto& job : queue->jobs) job->cancel.cancel();
    idle_.wait(lock, [&] { return running_ != queue; });
    waiting.swap(queue->jobs);
    ready_.erase(std::remove(ready_.begin(), ready_.end(), queue), ready_.end());
  }
  for (const auto& job : waiting) job->finished(aborted());
}

void DeviceWorker::close_after(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> last) {
  std::deque<std::shared_ptr<Job>> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!queue->closed) {
      queue->closed = true;
      auto& jobs = queue->jobs;
      for (const auto& job : jobs) job->cancel.cancel();
      const bool was_ready = !jobs.empty();
      waiting.assign(jobs.begin() + (queue->begun ? 1 : 0), jobs.end());
      jobs.erase(jobs.begin() + (queue->begun ? 1 : 0), jobs.end());
      jobs.push_back(std::move(last));
      if (!was_ready) ready_.push_back(queue);
      wake_.notify_one();
    }
  }
  for (const auto& job : waiting) job->finished(aborted());
  if (last) last->finished(disposed());
}

void DeviceWorker::serve() {
  for (;;) {
    std::shared_ptr<Queue> queue;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      running_.reset();
      idle_.notify_all();
      wake_.wait(lock, [&] { return stop_ || !ready_.empty(); });
      if (stop_) return;
      queue = ready_.front();
      ready_.pop_front();
      queue->begun = true;
      running_ = queue;
    }
    run_step(queue);
  }
}

void DeviceWorker::run_step(const std::shared_ptr<Queue>& queue) {
  std::shared_ptr<Job> job;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    job = queue->jobs.front();
  }
  Progress progress = Progress::done;
  std::exception_ptr failure;
  try {
    job->cancel.check();
    progress = job->step();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool ended = failure || progress == Progress::done;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (ended) {
      queue->jobs.pop_front();
      queue->begun = false;
    }
    if (!queue->jobs.empty()) ready_.push_back(queue);
  }
  if (ended) job->finished(failure);
}

}  // namespace xling
