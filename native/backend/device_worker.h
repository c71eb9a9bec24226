// The one thread that talks to a device, and the queues it serves.
//
// A job is cut into short steps (one micro-batch, at most 8 decode steps).
// Every context has a queue of its own; after each step the worker goes on to
// the next queue that has work, so a long job holds up nobody but its own queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/cancel.h"

namespace xling {

enum class Progress { more, done };

struct Job {
  std::function<Progress()> step;                      // called until it says done, or throws
  std::function<void(std::exception_ptr)> finished;    // called once, null if all went well; must not throw
  CancelToken cancel;                                  // looked at before every step
};

class DeviceWorker {
 public:
  class Queue;

  DeviceWorker();
  ~DeviceWorker();  // aborts what is queued, lets the running step end
  DeviceWorker(const DeviceWorker&) = delete;
  DeviceWorker& operator=(const DeviceWorker&) = delete;

  std::shared_ptr<Queue> open_queue();

  // Jobs of one queue run in the order they were put in. On a closed queue the
  // job is finished at once with ERR_DISPOSED.
  void submit(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> job);

  // Cancels the job's token. A job that has not begun is finished here and now;
  // one that runs ends at its next poll.
  void cancel(const std::shared_ptr<Queue>& queue, const std::shared_ptr<Job>& job);

  // Takes no more jobs, aborts those waiting, and returns when the running step
  // of this queue has ended. Safe to repeat.
  void close(const std::shared_ptr<Queue>& queue);

  // The same without waiting: `last` runs when what is running has ended, and
  // is the queue's last job. On a closed queue it is finished with ERR_DISPOSED.
  void close_after(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> last);

 private:
  void serve();
  void run_step(const std::shared_ptr<Queue>& queue);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;                  // a step ended
  std::deque<std::shared_ptr<Queue>> ready_;      // queues with work, the next one first
  std::shared_ptr<Queue> running_;
  bool stop_ = false;
  std::thread thread_;                            // last: starts when all else exists
};

}  // namespace xling
