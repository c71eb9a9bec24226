"""What is trained on what: the cases, their batches, and their losses, written out in torch."""

from dataclasses import dataclass, field

import torch
from torch.nn.functional import cross_entropy, normalize

from poolings import pooled

# Of the rows of a batch. One token is the shortest that a row can be; the labels of one row are all none.
ANCHORS = (5, 1, 13, 3, 9)
POSITIVES = (7, 2, 11, 1, 6)
NEGATIVES = ((4, 8, 1, 17, 3), (2, 5, 9, 1, 12))
MASKED = (5, 1, 37, 3, 11, 8)


@dataclass
class Case:
    name: str
    base: str  # a folder beside this file
    options: dict  # of accumulate, as it takes them
    clip: float = 0.0  # below the gradient's norm in some steps and above it in others
    negatives: int = 0  # hard ones of each anchor
    lr: float = 0.003
    weight_decay: float = 0.1
    no_decay: str = r"(LayerNorm\.weight|bias)$"

    @property
    def contrastive(self):
        return self.options["objective"] == "contrastive"


def contrastive(name, base, pooling, **settings):
    options = {"objective": "contrastive", "pooling": pooling}
    for key in "temperature", "hardNegativeWeight", "directions":
        if key in settings:
            options[key] = settings.pop(key)
    return Case(name, base, options, **settings)


CASES = [
    contrastive("mean", "bert-pooler", "mean", negatives=1, hardNegativeWeight=0.7, clip=5.0),
    contrastive("avg-first-last", "bert-pooler", "avg_first_last", negatives=1, hardNegativeWeight=-0.5, directions="both",
                clip=5.0),
    contrastive("cls", "bert-pooler", "cls", negatives=2, hardNegativeWeight=0.4, temperature=0.1, clip=4.3),
    contrastive("avg-top2", "bert-masked-lm", "avg_top2", directions="both", clip=3.4),
    contrastive("max", "bert-masked-lm", "max", temperature=0.2, clip=2.0),
    contrastive("cls-before-pooler", "bert-masked-lm", "cls_before_pooler", negatives=1, clip=4.0),
    Case("masked-lm", "bert-masked-lm", {"objective": "masked-lm"}, clip=47.0),
]


@dataclass
class Batch:
    """Blocks of rows by name; labels for masked-lm alone."""

    blocks: dict
    labels: list = field(default_factory=list)

    def turned(self):
        return Batch({name: rows[::-1] for name, rows in self.blocks.items()}, self.labels[::-1])


def sample_batch(case, config, random):
    """No row has the padding id, which nn.Embedding looks up but never trains: rows without padding have no use for it."""
    first = config.pad_token_id + 1

    def rows(lengths):
        return [torch.randint(first, config.vocab_size, (length,), generator=random) for length in lengths]

    if case.contrastive:
        hard = {f"negatives.{i}": rows(lengths) for i, lengths in enumerate(NEGATIVES[: case.negatives])}
        return Batch({"anchors": rows(ANCHORS), "positives": rows(POSITIVES), **hard})
    ids = rows(MASKED)
    labels = [torch.where(torch.rand(len(row), generator=random) < 0.6, -100, torch.flip(row, (0,))) for row in ids]
    labels[3][:] = -100
    # First and last of a row count: nothing is scored from a neighbour.
    labels[2][0], labels[2][-1] = 5, 7
    return Batch({"ids": ids}, labels)


def similarities(of, among, temperature):
    return normalize(of, dim=-1) @ normalize(among, dim=-1).T / temperature


def contrastive_loss(model, case, batch):
    """
    InfoNCE as in SimCSE (Gao et al. 2021, eq. 5): cosines over temperature, the other rows' positives and hard negatives
    as negatives; the weight stands, as a logarithm, on the row's own hard negative. The mean over anchors.
    """
    anchors, positives, *hard = (pooled(model, rows, case.options["pooling"]) for rows in batch.blocks.values())
    temperature = case.options.get("temperature", 0.05)
    own = torch.eye(len(anchors), dtype=anchors.dtype) * case.options.get("hardNegativeWeight", 0)
    to_positives = similarities(anchors, positives, temperature)
    logits = torch.cat([to_positives, *(similarities(anchors, block, temperature) + own for block in hard)], 1)
    wanted = torch.arange(len(anchors))
    loss = cross_entropy(logits, wanted)
    if case.options.get("directions") == "both":
        loss = (loss + cross_entropy(to_positives.T, wanted)) / 2
    return loss


def masked_lm_loss(model, case, batch):
    """The mean over all labels, each scored from its own position."""
    logits = torch.cat([model(input_ids=row[None]).logits[0] for row in batch.blocks["ids"]])
    return cross_entropy(logits, torch.cat(batch.labels), ignore_index=-100)


def loss_of(model, case, batch):
    return (contrastive_loss if case.contrastive else masked_lm_loss)(model, case, batch)
