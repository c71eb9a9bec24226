#include "core/thread_pool.h"

#include <set>

#include "check.h"

namespace {

using namespace xling;

TEST("thread pool: every task runs once, for any size and count") {
  for (int size : {1, 2, 3, 5}) {
    ThreadPool pool(size);
    CHECK_EQ(pool.size(), size);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> hits(count);
      pool.run(count, [&](int64_t i) { hits[i].fetch_add(1); });
      for (auto& hit : hits) CHECK_EQ(hit.load(), 1);
    }
  }
}

TEST("thread pool: many short loops in a row") {
  ThreadPool pool(3);
  int64_t total = 0;
  for (int loop = 0; loop < 2000; ++loop) {
    std::vector<int64_t> part(5);
    pool.run(5, [&](int64_t i) { part[i] = i; });
    for (int64_t value : part) total += value;
  }
  CHECK_EQ(total, int64_t{2000 * 10});
}

TEST("thread pool: callers on several threads take turns") {
  ThreadPool pool(2);
  std::atomic<int64_t> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int loop = 0; loop < 100; ++loop) pool.run(3, [&](int64_t i) { total.fetch_add(i + 1); });
    });
  for (auto& caller : callers) caller.join();
  CHECK_EQ(total.load(), int64_t{4 * 100 * 6});
}

TEST("thread pool: a loop inside a task runs on that task's thread") {
  ThreadPool pool(2);
  std::atomic<int> wrong{0};
  pool.run(4, [&](int64_t) {
    const auto outer = std::this_thread::get_id();
    pool.run(3, [&](int64_t) { wrong += std::this_thread::get_id() != outer; });
  });
  CHECK_EQ(wrong.load(), 0);
}

TEST("thread pool: the exception of the lowest index comes back, and the pool lives on") {
  ThreadPool pool(3);
  for (int repeat = 0; repeat < 50; ++repeat)
    CHECK_THROWS(ErrorCode::invalid_argument, "task 0", pool.run(3, [&](int64_t i) {
      if (i == 0) fail(ErrorCode::invalid_argument, "task ", i);
    }));
  std::atomic<int> ran{0};
  pool.run(10, [&](int64_t) { ++ran; });
  CHECK_EQ(ran.load(), 10);
}

}  // namespace
