#include "core/philox.h"

#include <set>

#include "check.h"

namespace {

using namespace xling;

// Known answers published with the generator (Random123's kat_vectors).
TEST("philox: published known answers") {
  CHECK((philox({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t ones = 0xffffffff;
  CHECK((philox({ones, ones, ones, ones}, {ones, ones}) == PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST("philox: every field of a stream's identity gives another stream") {
  const StreamId base{42, RandomPurpose::dropout, 3, 5, 0, 7};
  std::vector<StreamId> ids(8, base);
  ids[1].seed = 43;
  ids[2].seed = 42 | (uint64_t{1} << 40);
  ids[3].purpose = RandomPurpose::sampling;
  ids[4].op = 4;
  ids[5].step = 6;
  ids[6].view = 1;
  ids[7].row = 7 | (uint64_t{1} << 40);
  std::set<PhiloxCounter> firsts;
  for (const auto& id : ids) firsts.insert(RandomStream(id).words(0, 0));
  CHECK_EQ(firsts.size(), ids.size());
  CHECK(RandomStream(base).words(2, 9) == RandomStream(base).words(2, 9));
  CHECK(RandomStream(base).words(2, 9) != RandomStream(base).words(9, 2));
}

TEST("philox: uniform numbers stay in their interval and have the right moments") {
  CHECK_EQ(uniform(0), 0.0f);
  CHECK(uniform(0xffffffff) < 1.0f);
  CHECK(uniform_positive(0) > 0.0f);
  CHECK_EQ(uniform_positive(0xffffffff), 1.0f);
  const RandomStream stream({1, RandomPurpose::sampling, 0, 0, 0, 0});
  const int n = 40000;
  double sum = 0, squares = 0;
  for (uint32_t i = 0; i < n / 4; ++i)
    for (uint32_t word : stream.words(i, 0)) {
      sum += uniform(word);
      squares += double(uniform(word)) * uniform(word);
    }
  // Five standard errors: sd(U) = 0.2887, sd(U^2) = 0.2981, over sqrt(40000).
  CHECK_NEAR(sum / n, 0.5, 5 * 0.2887 / 200);
  CHECK_NEAR(squares / n, 1.0 / 3, 5 * 0.2981 / 200);
}

}  // namespace
