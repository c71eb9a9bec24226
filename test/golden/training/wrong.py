"""What is common to wrong implementations: their list, what they change, and gradients that are wrong alone."""

from dataclasses import dataclass

from peft.tuners.lora import Linear
from torch import nn
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama

from cases import Case
from descent import Procedure, transformers_model
from reference import decoder_of

MUTANTS = {}


@dataclass
class Training:
    """What a mutant changes before it runs."""

    case: Case
    spec: dict  # the base's DecoderSpec
    model: nn.Module
    procedure: Procedure

    @property
    def decoder(self):
        return decoder_of(transformers_model(self.model))

    @property
    def layers(self):
        return self.decoder.layers

    @property
    def norms(self):
        return [module for module in self.decoder.modules() if type(module).__name__.endswith("RMSNorm")]

    @property
    def adapted(self):
        return [module for module in self.model.modules() if isinstance(module, Linear)]

    @property
    def modeling(self):
        """The module of transformers whose functions the model calls."""
        return modeling_gemma3 if self.spec["normOffset"] else modeling_llama


def mutant(name, applies=lambda case, spec: True):
    """@param applies: whether training this Case on this DecoderSpec has what the mutant gets wrong"""

    def add(change):
        """@param change: of a Training; may return a patch to hold while it runs"""
        assert name not in MUTANTS
        MUTANTS[name] = (applies, change)
        return change

    return add


def adapted(case, spec):
    return case.adapter is not None


def whole(case, spec):
    return case.adapter is None


def backward_of(wrong, right):
    """The value of one and the gradient of another."""
    return wrong + (right - wrong).detach()
