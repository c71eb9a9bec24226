"""Mutants of what is around the model: what is scored, what is averaged, how a step is made."""

import re
from dataclasses import dataclass

import torch

from descent import clip_by_norm
from reference import scored_from_before
from wrong import Training, adapted, mutant, whole

# What is scored


def score(targets):
    """@param targets: batch -> what each token of each row predicts"""

    def change(training):
        training.procedure.targets = targets

    return change


def unshifted(batch):
    return batch.labels


def shifted_back(batch):
    return [torch.cat((torch.tensor([-100]), labels[:-1])) for labels in batch.labels]


def over_rows(batch):
    lengths = [len(labels) for labels in batch.labels]
    return scored_from_before(torch.cat(batch.labels)).split(lengths)


def unlabelled_too(batch):
    return [scored_from_before(row) for row in batch.rows]


mutant("labels not shifted")(score(unshifted))
mutant("labels shifted the other way")(score(shifted_back))
mutant("first labels scored from the row before")(score(over_rows))
mutant("tokens without a label scored")(score(unlabelled_too))


@mutant("rows see those before them")
def join_rows(training):
    """One row of all: positions go on, and what was before is seen."""
    logits, targets = training.procedure.logits, training.procedure.targets
    packed = {}

    def joined_targets(batch):
        packed["row"] = torch.cat(batch.rows)
        packed["ends"] = iter(torch.tensor([len(row) for row in batch.rows]).cumsum(0).tolist())
        return targets(batch)

    def joined_logits(model, row):
        end = next(packed["ends"])
        return logits(model, packed["row"])[end - len(row) : end]

    training.procedure.targets = joined_targets
    training.procedure.logits = joined_logits


# What is averaged


def average(mean):
    """@param mean: (sums of the rows' losses, counts of their labels) -> loss"""

    def change(training):
        training.procedure.mean = mean

    return change


mutant("mean of the rows' means")(
    average(lambda sums, counts: torch.stack([s / n for s, n in zip(sums, counts) if n]).mean())
)
mutant("sum for mean")(average(lambda sums, counts: torch.stack(sums).sum()))
mutant("mean over the rows")(average(lambda sums, counts: torch.stack(sums).sum() / len(sums)))
mutant("the last row alone counted")(average(lambda sums, counts: torch.stack(sums).sum() / counts[-1]))
mutant("gradients of the last row alone")(
    average(lambda sums, counts: (torch.stack(sums[:-1]).sum().detach() + sums[-1]) / sum(counts))
)


@mutant("gradients kept from one step to the next")
def keep_gradients(training):
    training.procedure.clear = lambda model: None


# Clipping


def clip(function):
    def change(training):
        training.procedure.clip = function

    return change


def scale(parameters, by):
    for parameter in parameters:
        parameter.grad *= by


def never(parameters, most):
    return clip_by_norm(parameters, float("inf"))


def always(parameters, most):
    norm = never(parameters, most)
    scale(parameters, most / norm)
    return norm


def each_alone(parameters, most):
    norm = never(parameters, most)
    for parameter in parameters:
        clip_by_norm([parameter], most)
    return norm


def by_value(parameters, most):
    norm = never(parameters, most)
    torch.nn.utils.clip_grad_value_(parameters, most)
    return norm


def norm_after(parameters, most):
    return clip_by_norm(parameters, most).clamp(max=most)


def by_square(parameters, most):
    norm = never(parameters, most)
    scale(parameters, min(1.0, most / float(norm) ** 2))
    return norm


mutant("no clipping")(clip(never))
mutant("gradients below the norm scaled up")(clip(always))
mutant("every tensor clipped alone")(clip(each_alone))
mutant("clipped by value")(clip(by_value))
mutant("the norm after clipping")(clip(norm_after))
mutant("clipped by the norm's square")(clip(by_square))

# The step


@dataclass
class AdamW:
    """Loshchilov and Hutter, Decoupled Weight Decay Regularization, algorithm 2, with one thing wrong."""

    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    corrects_first: bool = True
    corrects_second: bool = True
    eps_in_root: bool = False
    coupled: bool = False  # L2 regularisation
    decay_by_rate: bool = True
    spares: bool = True  # norms and biases
    decay: float | None = None
    delay: int = 0  # of the rates, in steps
    counts_from: int = 1

    def __call__(self, case, named):
        first = {name: torch.zeros_like(p) for name, p in named.items()}
        second = {name: torch.zeros_like(p) for name, p in named.items()}
        told = [0.0] * self.delay
        steps = 0

        @torch.no_grad()
        def step(rate):
            nonlocal steps
            told.append(rate)
            rate = told[steps]
            count = steps + self.counts_from
            steps += 1
            for name, p in named.items():
                decay = self.decay_of(case, name)
                g = p.grad + decay * p if self.coupled else p.grad
                if not self.coupled:
                    p -= (rate if self.decay_by_rate else case.lr) * decay * p
                b1, b2 = self.betas
                first[name].lerp_(g, 1 - b1)
                second[name].lerp_(g * g, 1 - b2)
                m = first[name] / (1 - b1**count if self.corrects_first else 1)
                v = second[name] / (1 - b2**count if self.corrects_second else 1)
                p -= rate * m / ((v + self.eps).sqrt() if self.eps_in_root else v.sqrt() + self.eps)

        return step

    def decay_of(self, case, name):
        spared = case.no_decay is not None and re.search(case.no_decay, name) is not None
        decay = case.weight_decay if self.decay is None else self.decay
        return 0.0 if spared and self.spares else decay


def step_by(optimizer):
    def change(training: Training):
        training.procedure.optimizer = optimizer

    return change


mutant("no bias correction")(step_by(AdamW(corrects_first=False, corrects_second=False)))
mutant("bias correction of the first moment alone")(step_by(AdamW(corrects_second=False)))
mutant("bias correction of the second moment alone")(step_by(AdamW(corrects_first=False)))
mutant("bias correction counted from 2")(step_by(AdamW(counts_from=2)))
mutant("betas 0.9 and 0.99")(step_by(AdamW(betas=(0.9, 0.99))))
mutant("betas swapped")(step_by(AdamW(betas=(0.999, 0.9))))
mutant("eps within the root")(step_by(AdamW(eps_in_root=True)))
mutant("rates a step late")(step_by(AdamW(delay=1)))
mutant("no weight decay", whole)(step_by(AdamW(decay=0.0)))
mutant("weight decay of adapters", adapted)(step_by(AdamW(decay=0.01)))
mutant("weight decay of norms and biases", whole)(step_by(AdamW(spares=False)))
mutant("weight decay in the gradient", whole)(step_by(AdamW(coupled=True)))
mutant("weight decay at the full rate during the warm-up", whole)(step_by(AdamW(decay_by_rate=False)))
