#include "io/gguf_type.h"

#include <cctype>
#include <set>

#include "check.h"

namespace {

using namespace xling;

struct Known {
  uint32_t number;
  const char* name;
  uint64_t elements, bytes;
};

// As Python's gguf 0.19.0 prints them: GGMLQuantizationType and GGML_QUANT_SIZES.
constexpr Known known[] = {
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},      {3, "Q4_1", 32, 20},
    {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},      {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 40},
    {10, "Q2_K", 256, 84},    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66}, {17, "IQ2_XS", 256, 74},
    {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},   {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},
    {22, "IQ2_S", 256, 82},   {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},        {29, "IQ1_M", 256, 56},
    {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},   {35, "TQ2_0", 256, 66},   {39, "MXFP4", 32, 17},
    {40, "NVFP4", 64, 36},    {41, "Q1_0", 128, 18},
};

TEST("gguf types: each by its number, of its block's size, and no others") {
  std::set<uint32_t> numbers;
  for (const auto& [number, name, elements, bytes] : known) {
    const GgufType* const type = find_gguf_type(number);
    CHECK(type && type->number == number);
    CHECK_EQ(std::string(type->name), std::string(name));
    CHECK_EQ(type->elements_per_block, elements);
    CHECK_EQ(type->bytes_per_block, bytes);
    numbers.insert(number);
  }
  for (uint32_t number = 0; number < 1000; ++number) CHECK(numbers.count(number) == 1 || !find_gguf_type(number));
  CHECK(!find_gguf_type(UINT32_MAX));
}

TEST("gguf types: a storage's blocks are those of its type, and each storage but NF4 has one type") {
  std::set<Storage> storages;
  for (const Known& row : known) {
    const auto storage = find_gguf_type(row.number)->storage;
    if (!storage) continue;
    CHECK(storages.insert(*storage).second);
    std::string name = row.name;
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    CHECK_EQ(std::string(name_of(*storage)), name);
    CHECK_EQ(static_cast<uint64_t>(elements_per_block(*storage)), row.elements);
    CHECK_EQ(bytes_per_block(*storage), row.bytes);
  }
  CHECK_EQ(storages.size(), size_t{storage_count - 2});
}

TEST("gguf types: those that the engine reads are named") {
  CHECK_EQ(gguf_types_read(), std::string("F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, BF16"));
}

}  // namespace
