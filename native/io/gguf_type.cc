#include "io/gguf_type.h"

namespace xling {

namespace {

constexpr GgufType types[] = {
    {0, "F32", 1, 4, Storage::f32},
    {1, "F16", 1, 2, Storage::f16},
    {2, "Q4_0", 32, 18, Storage::q4_0},
    {3, "Q4_1", 32, 20, Storage::q4_1},
    {6, "Q5_0", 32, 22, Storage::q5_0},
    {7, "Q5_1", 32, 24, Storage::q5_1},
    {8, "Q8_0", 32, 34, Storage::q8_0},
    {9, "Q8_1", 32, 40, {}},
    {10, "Q2_K", 256, 84, {}},
    {11, "Q3_K", 256, 110, {}},
    {12, "Q4_K", 256, 144, Storage::q4_k},
    {13, "Q5_K", 256, 176, Storage::q5_k},
    {14, "Q6_K", 256, 210, Storage::q6_k},
    {15, "Q8_K", 256, 292, {}},
    {16, "IQ2_XXS", 256, 66, {}},
    {17, "IQ2_XS", 256, 74, {}},
    {18, "IQ3_XXS", 256, 98, {}},
    {19, "IQ1_S", 256, 50, {}},
    {20, "IQ4_NL", 32, 18, {}},
    {21, "IQ3_S", 256, 110, {}},
    {22, "IQ2_S", 256, 82, {}},
    {23, "IQ4_XS", 256, 136, {}},
    {24, "I8", 1, 1, {}},
    {25, "I16", 1, 2, {}},
    {26, "I32", 1, 4, {}},
    {27, "I64", 1, 8, {}},
    {28, "F64", 1, 8, {}},
    {29, "IQ1_M", 256, 56, {}},
    {30, "BF16", 1, 2, Storage::bf16},
    {34, "TQ1_0", 256, 54, {}},
    {35, "TQ2_0", 256, 66, {}},
    {39, "MXFP4", 32, 17, {}},
    {40, "NVFP4", 64, 36, {}},
    {41, "Q1_0", 128, 18, {}},
};

}  // namespace

const GgufType* find_gguf_type(uint32_t number) noexcept {
  for (const GgufType& type : types)
    if (type.number == number) return &type;
  return nullptr;
}

std::string gguf_types_read() {
  std::string names;
  for (const GgufType& type : types)
    if (type.storage) names += (names.empty() ? "" : ", ") + std::string(type.name);
  return names;
}

}  // namespace xling
