#include "models/adapter.h"

#include "check.h"
#include "models/training_fixture.h"

namespace {

using namespace xling;
using namespace xling::test;

std::vector<Adapter::Site> all_sites(int64_t layers) {
  std::vector<Adapter::Site> sites;
  for (int64_t layer = 0; layer < layers; ++layer)
    for (const char* name : decoder_layers)
      sites.push_back({"layers." + std::to_string(layer) + "." + name, 3 + layer, 0.5f + float(layer)});
  return sites;
}

// A frozen model of which only adapters train, with factors that are not zero.
struct AdaptedDecoder : TrainingDecoder {
  explicit AdaptedDecoder(int threads = 2, const DecoderSpec& spec = whole_spec()) : TrainingDecoder(spec, threads, true) {}

  std::unique_ptr<Adapter> adapter(uint32_t stream, const std::vector<Adapter::Site>& sites = all_sites(3)) {
    auto out = std::make_unique<Adapter>(decoder_slots(decoder->spec()), backend, sites);
    for (const auto& factor : out->factors()) {
      auto numbers = random_numbers(factor.value.shape.numel(), stream++);
      for (float& number : numbers) number *= 0.1f;
      backend->write(factor.value.data, numbers.data(), factor.value.bytes());
    }
    return out;
  }
};

ForwardOptions through(const LoraLayers& layers, const LabelledRows& batch) {
  ForwardOptions options;
  options.adapters = {{0, batch.rows().rows, &layers}};
  return options;
}

TEST("adapter: a slot that is no linear layer, or comes twice, or a rank of nothing is refused") {
  AdaptedDecoder model;
  const auto make = [&](const std::vector<Adapter::Site>& sites) { Adapter(decoder_slots(model.decoder->spec()), model.backend, sites); };
  CHECK_THROWS(ErrorCode::invalid_argument, "'layers.3.query'", make({{"layers.3.query", 4, 1}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "'embedding'", make({{"embedding", 4, 1}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "'layers.0.query.bias'", make({{"layers.0.query.bias", 4, 1}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "layers.1.up twice", make({{"layers.1.up", 4, 1}, {"layers.1.up", 4, 1}}));
  CHECK_THROWS(ErrorCode::invalid_argument, "rank at layers.1.up is 0", make({{"layers.1.up", 0, 1}}));
}

TEST("adapter: one that begins adds nothing, to the bit, and its A is within its bound") {
  AdaptedDecoder model;
  Adapter fresh(decoder_slots(model.decoder->spec()), model.backend, all_sites(3));
  fresh.initialize(5);
  const LabelledRows batch = mixed_rows();
  CHECK_EQ(model.loss(batch, through(fresh.frozen(), batch)), model.loss(batch));
  for (size_t i = 0; i < fresh.factors().size(); ++i) {
    const Floats numbers = model.read(fresh.factors()[i].value);
    const float bound = i % 2 ? 0 : 1 / std::sqrt(float(fresh.factors()[i].value.shape[1]));
    float least = 0, most = 0;
    for (const float number : numbers) least = std::min(least, number), most = std::max(most, number);
    CHECK(least >= -bound && most <= bound);
    if (i % 2 == 0) CHECK(least < -0.9f * bound && most > 0.9f * bound);
  }
}

TEST("adapter: the gradient of every factor is the loss's slope, and the frozen weights have none") {
  AdaptedDecoder model;
  const auto adapter = model.adapter(40);
  const LabelledRows batch = mixed_rows();
  const float loss = model.accumulate(batch, through(adapter->training(), batch));
  CHECK_EQ(loss, model.loss(batch, through(adapter->frozen(), batch)));
  CHECK(std::abs(loss - model.loss(batch)) > 1e-2f);
  CHECK(model.trainables.entries().empty());
  CHECK_EQ(adapter->trainables()->entries().size(), size_t{42});
  // As for the model's own weights.
  for (size_t entry = 0; entry < 42; ++entry)
    CHECK_NEAR(off_slope(model, *adapter->trainables(), entry, [&] { return model.loss(batch, through(adapter->frozen(), batch)); }),
               0.0, 1e-2);
}

TEST("adapter: of rows side by side each goes through its own, and gives it the gradient it would alone") {
  AdaptedDecoder together, alone;
  const auto make = [&](AdaptedDecoder& model) {
    std::vector<std::unique_ptr<Adapter>> out;
    out.push_back(model.adapter(40));
    out.push_back(model.adapter(90, {{"layers.1.down", 5, 2.0f}, {"layers.2.query", 1, 1.0f}}));
    return out;
  };
  const auto beside = make(together), by_itself = make(alone);
  LabelledRows all, first, second, bare;
  for (LabelledRows* rows : {&all, &bare}) rows->push(row_of(6, 9), 0);
  for (LabelledRows* rows : {&all, &first}) rows->push(row_of(13, 1), 2);
  for (LabelledRows* rows : {&all, &second}) rows->push(row_of(10, 2), 0);
  ForwardOptions options;
  options.adapters = {{1, 2, &beside[0]->training()}, {2, 3, &beside[1]->training()}};
  const float loss = together.accumulate(all, options);
  const float want = alone.accumulate(first, through(by_itself[0]->training(), first)) +
                     alone.accumulate(second, through(by_itself[1]->training(), second)) + alone.loss(bare);
  CHECK_NEAR(loss, want, 1e-5 * want);
  for (size_t i = 0; i < 2; ++i) CHECK(gradients_of(together, *beside[i]->trainables()) == gradients_of(alone, *by_itself[i]->trainables()));
}

TEST("adapter: with dropout the gradients are those of the mask that was drawn, which row, key and step decide") {
  AdaptedDecoder model;
  const auto adapter = model.adapter(40);
  const auto dropping = [&](const LabelledRows& batch, const std::vector<int32_t>& keys, uint32_t step) {
    ForwardOptions options;
    options.adapters = {{0, batch.rows().rows, &adapter->training(), 0.3f}};
    options.dropout = {keys.data(), 77, step};
    return options;
  };
  const LabelledRows batch = mixed_rows();
  const std::vector<int32_t> keys = {11, 0, 0, 12, 0, 0, 13, 0, 0, 14, 0, 0};
  ForwardOptions first = dropping(batch, keys, 1);
  const float loss = model.accumulate(batch, first);
  const auto gradients = gradients_of(model, *adapter->trainables());
  for (size_t entry = 0; entry < 42; ++entry)
    CHECK_NEAR(off_slope(model, *adapter->trainables(), entry, [&] { return model.loss(batch, first); }), 0.0, 1e-2);
  adapter->trainables()->zero_gradients();
  first.recompute = true;
  CHECK_EQ(model.accumulate(batch, first), loss);
  CHECK(gradients_of(model, *adapter->trainables()) == gradients);
  CHECK(std::abs(model.loss(batch, dropping(batch, keys, 2)) - loss) > 1e-4f);

  LabelledRows turned, second_row, fourth_row;
  for (LabelledRows* rows : {&turned, &fourth_row}) rows->push(row_of(11, 4), 5);
  for (LabelledRows* rows : {&turned, &second_row}) rows->push(row_of(21, 2), 0);
  const std::vector<int32_t> key_four = {14, 0, 0}, key_two = {12, 0, 0}, turned_keys = {14, 0, 0, 12, 0, 0};
  const float alone = model.loss(fourth_row, dropping(fourth_row, key_four, 1)) + model.loss(second_row, dropping(second_row, key_two, 1));
  CHECK_NEAR(model.loss(turned, dropping(turned, turned_keys, 1)), alone, 1e-6 * alone);
}

TEST("trainables: the norm is that of all gradients, a NaN is named, and steps go down") {
  AdaptedDecoder model;
  const auto adapter = model.adapter(40);
  const LabelledRows batch = mixed_rows();
  const float before = model.accumulate(batch, through(adapter->training(), batch));
  Trainables& trainables = *adapter->trainables();
  double squares = 0;
  for (const auto& gradient : gradients_of(model, trainables))
    for (const float one : gradient) squares += double(one) * one;
  // The sum in f64, rounded once to f32.
  CHECK_NEAR(trainables.gradient_norm(), std::sqrt(squares), 1e-7 * std::sqrt(squares));
  AdamWSettings settings;
  settings.lr = 1e-3;
  // What nothing was said to be added to stays as it is.
  CHECK(!trainables.used());
  trainables.step(settings, 1.0f / 30, std::vector<bool>(42));
  CHECK_EQ(trainables.steps(0), int64_t{0});
  CHECK_EQ(model.loss(batch, through(adapter->frozen(), batch)), before);
  trainables.use([](const std::string& name) { return name != "layers.1.up.b"; });
  CHECK(trainables.used());
  trainables.step(settings, 1.0f / 30, std::vector<bool>(42));
  CHECK(model.loss(batch, through(adapter->frozen(), batch)) < before);
  for (size_t i = 0; i < trainables.entries().size(); ++i)
    CHECK_EQ(trainables.steps(i), int64_t{trainables.entries()[i].name != "layers.1.up.b"});

  trainables.gradient("layers.1.up.b").as<float>()[3] = NAN;
  CHECK_THROWS(ErrorCode::non_finite, "the gradient of layers.1.up.b", trainables.gradient_norm());
  trainables.zero_gradients();
  CHECK_EQ(trainables.gradient_norm(), 0.0);
}

}  // namespace
