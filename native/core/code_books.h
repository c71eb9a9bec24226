// The numbers that NF4's codes stand for, the same on every device.
#pragma once

#include <array>
#include <cstdint>

namespace xling {

// Ascending, code by code: quantiles of the normal distribution, scaled to
// [-1, 1], with an exact zero (QLoRA, Dettmers et al. 2023, appendix E).
inline constexpr float nf4_code[16] = {
    -1.0f,        -0.696192801f, -0.525073051f, -0.394917488f, -0.284441382f, -0.18477343f, -0.0910500363f, 0.0f,
    0.0795802996f, 0.160930201f, 0.246112302f,  0.337915242f,  0.440709829f,  0.562617004f, 0.722956836f,   1.0f,
};

// Ascending, for nf4d's absmaxes: signed dynamic tree numbers of 8 bits
// (Dettmers 2016). Decade i of 7, the lowest first, has 2^i numbers of each
// sign, the middles of as many equal parts of [0.1, 1] times 10^(i-6); there
// are a zero (code 127) and a one (code 255) besides, and no -1.
const std::array<float, 256>& dynamic_code();

}  // namespace xling
