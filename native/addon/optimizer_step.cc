// One step of AdamW on whatever has gradients.
#include <algorithm>
#include <cmath>

#include "addon/handle.h"
#include "addon/properties.h"
#include "addon/training.h"

namespace xling::addon {

namespace {

struct OptimizerStep {
  // Something that may have gradients.
  struct Target {
    std::shared_ptr<DeviceAdapter> adapter;  // null: the model itself
    std::vector<int32_t> without_decay;      // its entries, by number
  };
  struct Taken {
    Trainables* trainables;
    std::vector<bool> without_decay;
  };

  std::shared_ptr<DeviceModel> model;
  std::vector<Target> targets;
  AdamWSettings settings;
  double clip;  // 0: none
  double norm = 0;

  void run() {
    model->filled().check_unmerged("no step can be made on");
    Training& training = model->parts->training;
    std::vector<Taken> taken = take();
    if (taken.empty())
      fail(ErrorCode::invalid_argument, "there is nothing to step from: nothing was accumulated since the gradients were last zero");
    double squares = 0;
    for (const Taken& one : taken) squares += std::pow(one.trainables->gradient_norm(), 2);
    norm = std::sqrt(squares) / training.count;
    // As torch.nn.utils.clip_grad_norm_: 1e-6 keeps it from dividing by nothing.
    const double shrink = clip > 0 ? std::min(1.0, clip / (norm + 1e-6)) : 1.0;
    // What can fail comes before anything changes.
    for (const Taken& one : taken) one.trainables->reserve_moments();
    for (const Taken& one : taken) one.trainables->step(settings, static_cast<float>(shrink / training.count), one.without_decay);
    ++training.steps;
  }

 private:
  std::vector<Taken> take() const {
    std::vector<Taken> taken;
    for (const Target& target : targets) {
      Trainables* trainables = target.adapter ? target.adapter->trainables() : model->trainables();
      if (!trainables || !trainables->used()) continue;
      std::vector<bool> without(trainables->entries().size());
      for (const int32_t entry : target.without_decay) without.at(static_cast<size_t>(entry)) = true;
      taken.push_back({trainables, std::move(without)});
    }
    return taken;
  }
};

}  // namespace

Napi::Value optimizer_step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto step = std::make_shared<OptimizerStep>();
    step->model = from_handle<DeviceModel>(info[0], "model");
    step->model->context->check_alive();
    const Properties given("step", info[1]);
    step->settings = {given.number("lr"), given.number("beta1"), given.number("beta2"), given.number("eps"), given.number("weightDecay")};
    step->clip = given.number("clip");
    static_cast<void>(adamw_numbers(step->settings, 1));  // refuses what is out of range here and now
    given.each("targets", [&](const Properties& target) {
      step->targets.push_back({adapter_of(target.value("adapter"), step->model), target.ids("withoutDecay")});
    });
    return Environment::of(info.Env())
        .start(
            step->model->context->lane,
            [step] {
              step->run();
              return Progress::done;
            },
            [step](Napi::Env env) { return Napi::Number::New(env, step->norm); });
  });
}

}  // namespace xling::addon
