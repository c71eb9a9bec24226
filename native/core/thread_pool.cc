#include "core/thread_pool.h"

#include "core/host_limits.h"

namespace xling {

namespace {

// A worker looks for the next loop this often before it sleeps: ops of one
// model follow each other within microseconds, and a futex wake costs more.
constexpr int spins_before_sleep = 2000;

thread_local bool inside_loop = false;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

struct ThreadPool::Loop {
  const std::function<void(int64_t)>& task;
  const int64_t count;
  std::atomic<int64_t> next{0};
  std::atomic<int> busy{0};  // workers inside; changes under the pool's mutex only

  std::mutex failure_mutex;
  int64_t failed_index = -1;
  std::exception_ptr failure;

  Loop(const std::function<void(int64_t)>& t, int64_t n) : task(t), count(n) {}

  void note_failure(int64_t index) {
    std::lock_guard<std::mutex> lock(failure_mutex);
    if (failed_index < 0 || index < failed_index) {
      failed_index = index;
      failure = std::current_exception();
    }
    next.store(count, std::memory_order_relaxed);
  }
};

ThreadPool::ThreadPool(int size) {
  for (int i = 1; i < size; ++i) workers_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_.store(true, std::memory_order_release);
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

ThreadPool& ThreadPool::process() {
  static ThreadPool* pool = new ThreadPool(usable_threads());
  return *pool;
}

void ThreadPool::take_part(Loop& loop) {
  inside_loop = true;
  for (;;) {
    const int64_t index = loop.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= loop.count) break;
    try {
      loop.task(index);
    } catch (...) {
      loop.note_failure(index);
    }
  }
  inside_loop = false;
}

void ThreadPool::run(int64_t count, const std::function<void(int64_t)>& task) {
  if (count <= 1 || workers_.empty() || inside_loop) {
    for (int64_t i = 0; i < count; ++i) task(i);
    return;
  }
  std::lock_guard<std::mutex> turn(one_loop_);
  Loop loop(task, count);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    loop_ = &loop;
    generation_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  take_part(loop);

  {
    // From here nobody joins: a worker that wakes too late finds no loop, and
    // the caller does not wait for it.
    std::lock_guard<std::mutex> lock(mutex_);
    loop_ = nullptr;
  }
  for (int spin = 0; spin < spins_before_sleep && loop.busy.load(std::memory_order_acquire) > 0; ++spin) pause();
  {
    // Taken even when the spin saw everyone leave: the last worker may still
    // hold the mutex, and `loop` dies with this frame.
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return loop.busy.load(std::memory_order_acquire) == 0; });
  }
  if (loop.failure) std::rethrow_exception(loop.failure);
}

void ThreadPool::work() {
  uint64_t seen = 0;
  for (;;) {
    for (int spin = 0; spin < spins_before_sleep; ++spin) {
      if (generation_.load(std::memory_order_acquire) != seen || stop_.load(std::memory_order_acquire)) break;
      pause();
    }
    Loop* loop;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return stop_.load() || generation_.load() != seen; });
      if (stop_.load()) return;
      seen = generation_.load();
      loop = loop_;
      if (!loop) continue;
      loop->busy.fetch_add(1, std::memory_order_acq_rel);
    }
    take_part(*loop);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (loop->busy.fetch_sub(1, std::memory_order_acq_rel) == 1) done_.notify_one();
    }
  }
}

}  // namespace xling
