import numpy
import torch

from torch_cases.torch_case import TorchCase


def philox(counter, key):
    """Philox4x32-10 over arrays: counter four, key two of uint64 below 2^32 (Salmon et al., SC 2011)."""
    low = numpy.uint64(0xFFFFFFFF)
    high = numpy.uint64(32)
    a, b, c, d = (numpy.asarray(word, dtype=numpy.uint64) for word in counter)
    key0, key1 = (numpy.asarray(word, dtype=numpy.uint64) for word in key)
    for _ in range(10):
        first = numpy.uint64(0xD2511F53) * a
        second = numpy.uint64(0xCD9E8D57) * c
        a, b, c, d = (second >> high) ^ b ^ key0, second & low, (first >> high) ^ d ^ key1, first & low
        key0, key1 = (key0 + numpy.uint64(0x9E3779B9)) & low, (key1 + numpy.uint64(0xBB67AE85)) & low
    return a, b, c, d


SAMPLING = 3


def gumbel_of_row(seed, row, vocab):
    """The contract's noise where a row's key and position are its number."""
    where = philox([SAMPLING, 0, 0, 0], [seed, 0])
    mixed = philox([where[0] ^ numpy.uint64(row), *where[1:]], [seed, 0])
    groups = numpy.arange((vocab + 3) // 4)
    words = numpy.stack(numpy.broadcast_arrays(*philox([groups, row, mixed[2], mixed[3]], mixed[:2])), axis=-1)
    return torch.from_numpy(-numpy.log(-numpy.log((words.reshape(-1)[:vocab] + 0.5) / 2.0**32)))


def filtered(scores, args):
    """What transformers' processors leave of scores: the rest is -inf."""
    if args["temperature"] != 1:
        scores = scores / args["temperature"]
    if args["topK"] > 0:
        least = torch.topk(scores, args["topK"])[0][:, -1:]
        scores = scores.masked_fill(scores < least, -torch.inf)
    if args["topP"] < 1:
        rising, ids = torch.sort(scores)
        drop = rising.softmax(-1).cumsum(-1) <= 1 - args["topP"]
        drop[:, -1] = False
        scores = scores.masked_fill(drop.scatter(1, ids, drop), -torch.inf)
    return scores


def draw(args, inputs):
    torch.set_grad_enabled(False)
    logits = inputs["logits"]
    made = {}

    def run():
        if args["temperature"] == 0:
            made["ids"] = logits.argmax(-1)
        else:
            made["scores"] = filtered(logits, args)
            made["ids"] = torch.multinomial(made["scores"].softmax(-1), 1)

    def outputs():
        if args["temperature"] == 0:
            return {"ids": made["ids"].double()}
        ids = [(z.double() + gumbel_of_row(args["seed"], row, len(z))).argmax() for row, z in enumerate(made["scores"])]
        return {"ids": torch.stack(ids).double()}

    return TorchCase(run, outputs, made.clear)
