#include "backend/device_worker.h"

#include <future>
#include <string>

#include "check.h"

namespace {

using namespace xling;

// A job whose end can be waited for, and the code it ended with ("" if well).
struct Watched {
  std::shared_ptr<Job> job = std::make_shared<Job>();
  std::future<std::string> end;

  explicit Watched(std::function<Progress()> step) {
    // Shared, because the worker may still be inside set_value() when the test is done.
    const auto promise = std::make_shared<std::promise<std::string>>();
    end = promise->get_future();
    job->step = std::move(step);
    job->finished = [promise](std::exception_ptr failure) {
      std::string code;
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const Error& error) {
        code = error_name(error.code());
      } catch (const std::exception& error) {
        code = error.what();
      }
      promise->set_value(code);
    };
  }
};

// Holds the worker until it is opened.
struct Gate {
  std::promise<void> entered, opened;
  Watched job{[this] {
    entered.set_value();
    opened.get_future().wait();
    return Progress::done;
  }};
};

TEST("device worker: jobs of one queue run in order, queues take turns after each step") {
  DeviceWorker worker;
  Gate gate;
  std::string log;  // only the worker's thread writes
  const auto slow = worker.open_queue(), quick = worker.open_queue(), first = worker.open_queue();
  int steps = 0;
  Watched a([&] { return log += 'a', ++steps < 3 ? Progress::more : Progress::done; });
  Watched b([&] { return log += 'b', Progress::done; });
  Watched x([&] { return log += 'x', Progress::done; });
  Watched y([&] { return log += 'y', Progress::done; });
  worker.submit(first, gate.job.job);
  gate.entered.get_future().wait();
  worker.submit(slow, a.job);
  worker.submit(slow, b.job);
  worker.submit(quick, x.job);
  worker.submit(quick, y.job);
  gate.opened.set_value();
  for (auto* job : {&a, &b, &x, &y}) CHECK_EQ(job->end.get(), std::string());
  CHECK_EQ(log, std::string("axayab"));
}

TEST("device worker: a failing job says so and the next one runs") {
  DeviceWorker worker;
  const auto queue = worker.open_queue();
  Watched bad([]() -> Progress { fail(ErrorCode::device_failed, "broken"); });
  Watched odd([]() -> Progress { throw std::runtime_error("odd"); });
  Watched good([] { return Progress::done; });
  for (auto* job : {&bad, &odd, &good}) worker.submit(queue, job->job);
  CHECK_EQ(bad.end.get(), std::string("ERR_DEVICE_FAILED"));
  CHECK_EQ(odd.end.get(), std::string("odd"));
  CHECK_EQ(good.end.get(), std::string());
}

TEST("device worker: cancelling a waiting job ends it at once and it never runs") {
  DeviceWorker worker;
  Gate gate;
  const auto queue = worker.open_queue();
  bool ran = false;
  Watched waiting([&] { return ran = true, Progress::done; });
  worker.submit(queue, gate.job.job);
  gate.entered.get_future().wait();
  worker.submit(queue, waiting.job);
  worker.cancel(queue, waiting.job);
  CHECK_EQ(waiting.end.get(), std::string("ERR_ABORTED"));  // while the gate still holds the worker
  gate.opened.set_value();
  CHECK_EQ(gate.job.end.get(), std::string());
  CHECK(!ran);
}

TEST("device worker: cancelling a running job stops it before its next step; after its end it does nothing") {
  DeviceWorker worker;
  const auto queue = worker.open_queue();
  std::promise<void> entered;
  std::atomic<int> steps{0};
  Watched endless([&] {
    if (++steps == 1) entered.set_value();
    return Progress::more;
  });
  worker.submit(queue, endless.job);
  entered.get_future().wait();
  worker.cancel(queue, endless.job);
  CHECK_EQ(endless.end.get(), std::string("ERR_ABORTED"));
  worker.cancel(queue, endless.job);
  Watched next([] { return Progress::done; });
  worker.submit(queue, next.job);
  CHECK_EQ(next.end.get(), std::string());
}

TEST("device worker: a closed queue aborts what waits, refuses what comes, and leaves others alone") {
  DeviceWorker worker;
  const auto queue = worker.open_queue(), other = worker.open_queue();
  std::promise<void> entered;
  bool first = true;
  Watched running([&] {
    if (first) entered.set_value();
    first = false;
    return Progress::more;
  });
  Watched waiting([] { return Progress::done; }), late([] { return Progress::done; }), elsewhere([] { return Progress::done; });
  worker.submit(queue, running.job);
  worker.submit(queue, waiting.job);
  entered.get_future().wait();
  worker.close(queue);
  worker.close(queue);
  CHECK_EQ(running.end.get(), std::string("ERR_ABORTED"));
  CHECK_EQ(waiting.end.get(), std::string("ERR_ABORTED"));
  worker.submit(queue, late.job);
  CHECK_EQ(late.end.get(), std::string("ERR_DISPOSED"));
  worker.submit(other, elsewhere.job);
  CHECK_EQ(elsewhere.end.get(), std::string());
}

TEST("device worker: a queue's last job runs after the running one has stopped, once, and nothing after it") {
  DeviceWorker worker;
  const auto queue = worker.open_queue(), unused = worker.open_queue();
  std::promise<void> entered;
  bool first = true;
  Watched running([&] {
    if (first) entered.set_value();
    first = false;
    return Progress::more;
  });
  Watched waiting([] { return Progress::done; }), last([] { return Progress::done; }), again([] { return Progress::done; });
  Watched late([] { return Progress::done; }), only([] { return Progress::done; });
  worker.submit(queue, running.job);
  worker.submit(queue, waiting.job);
  entered.get_future().wait();
  worker.close_after(queue, last.job);
  worker.close_after(queue, again.job);
  worker.submit(queue, late.job);
  CHECK_EQ(running.end.get(), std::string("ERR_ABORTED"));
  CHECK_EQ(waiting.end.get(), std::string("ERR_ABORTED"));
  CHECK_EQ(last.end.get(), std::string());
  CHECK_EQ(again.end.get(), std::string("ERR_DISPOSED"));
  CHECK_EQ(late.end.get(), std::string("ERR_DISPOSED"));
  worker.close_after(unused, only.job);
  CHECK_EQ(only.end.get(), std::string());
}

TEST("device worker: its end aborts everything that is left") {
  Watched running([] { return Progress::more; }), waiting([] { return Progress::done; });
  {
    DeviceWorker worker;
    const auto queue = worker.open_queue();
    worker.submit(queue, running.job);
    worker.submit(queue, waiting.job);
  }
  CHECK_EQ(running.end.get(), std::string("ERR_ABORTED"));
  CHECK_EQ(waiting.end.get(), std::string("ERR_ABORTED"));
}

TEST("device worker: queues, jobs and cancels from many threads at once") {
  DeviceWorker worker;
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto queue = worker.open_queue();
      std::vector<std::unique_ptr<Watched>> jobs;
      for (int i = 0; i < 50; ++i) {
        jobs.push_back(std::make_unique<Watched>([n = 0]() mutable { return ++n < 3 ? Progress::more : Progress::done; }));
        worker.submit(queue, jobs.back()->job);
        if (i % 3 == t % 3) worker.cancel(queue, jobs.back()->job);
      }
      if (t == 0) worker.close(queue);
      for (auto& job : jobs) job->end.get(), ++ended;
    });
  for (auto& thread : threads) thread.join();
  CHECK_EQ(ended.load(), 200);
}

}  // namespace
