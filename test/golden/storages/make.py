"""Writes what the packages that own each storage make of some bytes and numbers.

    pip install torch==2.15.0 bitsandbytes==0.50.2 gguf==0.19.0 numpy==2.4.6 safetensors==0.8.0
    python test/golden/storages/make.py

gguf.safetensors   per GGUF type: <type>.blocks, random bytes with scales of every size,
                   and <type>.decoded; for those that are written too: <type>.x, <type>.quantized
nf4.safetensors    nf4 and nf4d: x, codes, absmax and its nested state, decoded; the two code books

CPU only. The seed is 20240917. Files name the versions that made them in their metadata.
"""

from importlib.metadata import version
from pathlib import Path

import bitsandbytes.functional as bnb
import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

folder = Path(__file__).parent
random = np.random.default_rng(20240917)
# One entry: several would be written in an order that changes from run to run.
packages = ("gguf", "bitsandbytes", "torch", "numpy")
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

# Where each type keeps its f16 scales in a block.
SCALES_AT = {
    Type.Q8_0: [0],
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2],
    Type.Q6_K: [208],
}
# Zeros, subnormals (the smallest, the largest), the smallest normal, one, the largest; both signs.
EXTREME_SCALES = [0x0000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0x7BFF, 0x8000, 0x8001, 0x83FF, 0x8400, 0xBC00, 0xFBFF]


def random_blocks(kind, rows, cols):
    """Bytes of a matrix. Scales are finite: what NaN times a number looks like is no format's business."""
    elements, size = gguf.constants.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (rows * cols // elements, size), dtype=np.uint8)
    for which, at in enumerate(SCALES_AT[kind]):
        scales = random.integers(0, 0x7C00, len(blocks)).astype(np.uint16)
        scales |= (random.integers(0, 2, len(blocks)) << 15).astype(np.uint16)
        few = min(len(EXTREME_SCALES), len(blocks))
        scales[:few] = np.roll(EXTREME_SCALES, 5 * which)[:few]
        blocks[:, at : at + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def numbers_to_quantize(rows, cols):
    """Rows of very different sizes, and the blocks that go wrong first."""
    x = random.standard_normal((rows, cols), dtype=np.float32)
    x *= np.exp2(random.integers(-12, 8, (rows, 1))).astype(np.float32)
    x[0, :32] = 0
    x[0, 32:64] = -0.0
    x[0, 64:96] = 1e-36  # q8_0's d is subnormal; a bit smaller, and gguf casts an infinity to a byte
    x[0, 96] = 1e4  # alone above the others
    x[0, 128:160] = np.linspace(-127, 127, 32)  # 1/d is one: halves and ties
    x[0, 160:192] = np.arange(-16, 16) + 0.5
    x[0, 191] = 127
    x[0, 192:224] = np.linspace(-8, 7.5, 32)
    x[0, 224:256] = 1e-6 * np.arange(32)  # a subnormal f16 scale
    return x


def gguf_types():
    tensors = {}
    for kind in SCALES_AT:
        cols = 512 if kind.name.endswith("_K") else 96
        rows = 7
        blocks = random_blocks(kind, rows, cols)
        name = kind.name.lower()
        tensors[f"{name}.blocks"] = blocks
        tensors[f"{name}.decoded"] = gguf.quants.dequantize(blocks, kind)
    x = numbers_to_quantize(6, 256)
    tensors["quantize.x"] = x
    with np.errstate(all="ignore"):
        for kind in (Type.Q8_0, Type.Q4_0, Type.BF16, Type.F16):
            tensors[f"{kind.name.lower()}.quantized"] = gguf.quants.quantize(x, kind).view(np.uint8).reshape(len(x), -1)
    return tensors


def as_bytes(tensor):
    return tensor.contiguous().flatten().numpy().view(np.uint8)


def nf4():
    """A plain matrix, and every border between two codes from both sides: plain in block 0, in block 5 times its absmax."""
    x = random.standard_normal((4, 320), dtype=np.float32)
    book = bnb.get_4bit_type("nf4", device="cpu").numpy()
    borders = ((book[:-1] + book[1:]) / np.float32(2)).astype(np.float32)
    x[:2, :64] = 0
    around = np.array([1, *borders, *np.nextafter(borders, np.float32(-2)), *np.nextafter(borders, np.float32(2))], np.float32)
    x[0, :46] = around
    x[1, :46] = around * np.float32(0.9)  # five codes would differ if x were divided by it
    x[0, 64:128] = 0
    x[0, 128:192] = 1e-39
    x[0, 192] = -3e5
    packed, state = bnb.quantize_4bit(torch.from_numpy(x), blocksize=64, quant_type="nf4")
    return {
        "nf4.code": book,
        "nf4.x": x,
        "nf4.codes": as_bytes(packed),
        "nf4.absmax": state.absmax.numpy(),
        "nf4.decoded": bnb.dequantize_4bit(packed, state).numpy(),
    }


def nf4d():
    """
    300 blocks: one group of 256 and a short one. The numbers are f16 of a few sizes, so that
    the f32 sum of the absmaxes is exact, in whatever order this machine's torch adds them up.
    """
    x = torch.from_numpy(random.standard_normal((5, 3840), dtype=np.float32)).half()
    x *= torch.tensor([1, 0.25, 2, 0.5, 1])[:, None]
    x[0, 7] = -60  # its group's scale, so that the others crowd around zero, where codes are dense
    packed, state = bnb.quantize_4bit(x.float(), blocksize=64, quant_type="nf4", compress_statistics=True)
    plain = bnb.quantize_4bit(x.float(), blocksize=64, quant_type="nf4")[1].absmax.double()
    assert float(plain.sum()) == float(np.float32(plain.sum())) and (plain * 2**12 % 1 == 0).all()
    absmax = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset
    decoded = bnb.dequantize_4bit(packed, state)
    # The lookup's grid shows: some codes are not those of the nearest numbers.
    scaled = (plain.float() - state.offset)[:256] / state.state2.absmax[0]
    nearest = (scaled[:, None] - state.state2.code).abs().argmin(1)
    assert (nearest != state.absmax[:256]).any()
    return {
        "nf4d.code": state.state2.code.numpy(),
        "nf4d.x_f16": x.view(torch.uint8).numpy(),
        "nf4d.codes": as_bytes(packed),
        "nf4d.absmax_codes": state.absmax.numpy(),
        "nf4d.group_absmax": state.state2.absmax.numpy(),
        "nf4d.offset": state.offset.reshape(1).numpy(),
        "nf4d.absmax": absmax.numpy(),
        # Of the first and the last row; the others follow from codes and absmax.
        "nf4d.decoded": decoded[[0, 4]].numpy(),
    }


save_file(gguf_types(), folder / "gguf.safetensors", made_with)
save_file({**nf4(), **nf4d()}, folder / "nf4.safetensors", made_with)
