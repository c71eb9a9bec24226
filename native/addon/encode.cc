// Sentences' vectors.
#include "addon/adapter.h"
#include "addon/handle.h"
#include "addon/number_array.h"
#include "addon/objective.h"
#include "addon/training_batch.h"

namespace xling::addon {

namespace {

struct Encoding {
  std::shared_ptr<DeviceModel> model;
  std::shared_ptr<DeviceAdapter> adapter;  // null: none
  std::vector<int32_t> ids, offsets;
  SentenceVector vector;
  std::vector<float> out;
};

void run(Encoding& work, const CancelToken& cancel) {
  const Encoder& encoder = work.model->encoder();
  const auto rows = static_cast<int64_t>(work.offsets.size()) - 1;
  work.out.resize(checked_mul(static_cast<size_t>(rows), static_cast<size_t>(vector_width(encoder.spec(), work.vector)), "numbers of a result"));
  const EncoderPass pass{encoder, {work.ids.data(), work.offsets.data(), rows}, through(work.adapter, rows)};
  work.model->parts->runner.run(sentence_vectors(pass, work.vector, work.out.data()), &cancel);
}

}  // namespace

Napi::Value encode(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto work = std::make_shared<Encoding>();
    work->model = from_handle<DeviceModel>(info[0], "model");
    work->model->context->check_alive();
    const Properties rows("rows", info[1]);
    work->ids = rows.ids("ids");
    work->offsets = rows.ids("offsets");
    check_packed(work->ids, work->offsets);
    work->vector = sentence_vector_of(info[2]);
    work->adapter = adapter_of(info[3], work->model);
    return Environment::of(info.Env())
        .start(
            work->model->context->lane,
            [work](const CancelToken& cancel) {
              run(*work, cancel);
              return Progress::done;
            },
            [work](Napi::Env env) { return to_array(env, work->out); });
  });
}

}  // namespace xling::addon
