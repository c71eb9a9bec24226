// Threads that run one data-parallel loop at a time. Work is cut into `count`
// tasks by its shape; which thread takes which task is left to chance, so a
// task must not depend on it: that is what keeps results equal for any size.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace xling {

class ThreadPool {
 public:
  // `size` threads take part in a loop, the caller among them; at least 1.
  explicit ThreadPool(int size);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // The pool of the process, of usable_threads() threads. Never destroyed: its
  // threads may outlive every environment that uses it.
  static ThreadPool& process();

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls task(0) … task(count-1), each once, and returns when all are done.
  // If tasks throw, the others may be skipped and the exception of the lowest
  // index that threw is rethrown. A loop inside a task runs on its own thread.
  void run(int64_t count, const std::function<void(int64_t)>& task);

 private:
  struct Loop;
  void work();
  void take_part(Loop& loop);

  std::vector<std::thread> workers_;
  std::mutex one_loop_;  // callers from several threads take turns

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::atomic<uint64_t> generation_{0};  // one more for each loop
  std::atomic<bool> stop_{false};
  Loop* loop_ = nullptr;
};

}  // namespace xling
