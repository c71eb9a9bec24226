"""PEFT as a peer that takes LoRA steps on transformers' f32 model, as its users do: rows padded on the right to the
longest of their micro-batch, the mask and the labels beside them, no recomputation.

One line of JSON in, one out:

    { request: { model, rank, alpha, dropout, targets, clip, weightDecay, batchSize, padId, seed }, threads }
        ->  { versions, threads }
    { run: { ids, offsets, labels, lr, seed } }
        ->  { seconds, rows, tokens, padded, labels, loss, gradNorm, peakBytes }
    { count: true }
        ->  { trainable }

or { absent } or { error } as in peer-process.ts.

model       an HF folder or a GGUF file; weights of any storage are widened to f32
targets     as target_modules: "all-linear" or names
batchSize   rows of a micro-batch; a run is one optimizer step over all of its rows, in their order
ids, offsets, labels   packed rows; -100 is no label, position t is scored from t - 1
seed        of the factors where the request has it, of dropout where a run has it
trainable   numbers that are trained
seconds     from the packed rows to the stepped weights, with gradients cleared
rows, tokens, padded, labels   of what went through the model: padded counts padding, too; labels are those scored
loss        the mean over all labels
peakBytes   the process' largest resident memory so far (VmHWM), the loading of the model included

For a row of memory, run it without the MALLOC_ settings of python.ts: they keep what torch has freed.
"""
import time
from pathlib import Path

from line_peer import announced, serve


class Session:
    def __init__(self, request, threads):
        import torch
        from peft import LoraConfig, get_peft_model

        torch.set_num_threads(threads)
        torch.manual_seed(request["seed"])
        self.torch, self.request = torch, request
        self.model = get_peft_model(
            self.load(),
            LoraConfig(
                task_type="CAUSAL_LM",
                r=request["rank"],
                lora_alpha=request["alpha"],
                lora_dropout=request["dropout"],
                target_modules=request["targets"],
            ),
        ).train()
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        # The rate is each step's own.
        self.optimizer = torch.optim.AdamW(self.trained, lr=0.0, weight_decay=request["weightDecay"])
        self.answer = announced(torch, "peft", "transformers")

    def load(self):
        from transformers import AutoModelForCausalLM, GgufConfig

        path = Path(self.request["model"])
        settings = {"dtype": self.torch.float32}
        if path.suffix == ".gguf":
            settings |= {"gguf_file": path.name, "quantization_config": GgufConfig(dequantize=True)}
            path = path.parent
        model = AutoModelForCausalLM.from_pretrained(path, **settings)
        model.config.use_cache = False
        return model

    def run(self, ids, offsets, labels, lr, seed):
        """One step over all rows."""
        torch, size = self.torch, self.request["batchSize"]
        torch.manual_seed(seed)
        done = {"rows": 0, "tokens": 0, "padded": 0, "labels": 0}
        start = time.perf_counter()
        spans = list(zip(offsets, offsets[1:]))
        count = sum(label != -100 for begin, end in spans for label in labels[begin + 1 : end])
        loss = 0.0
        for first in range(0, len(spans), size):
            batch = self.collate(ids, labels, spans[first : first + size])
            # The mean over the labels of all micro-batches, as transformers' Trainer takes it.
            part = self.model(**batch, num_items_in_batch=count).loss
            part.backward()
            loss += part.item()
            self.add(done, batch)
        norm = torch.nn.utils.clip_grad_norm_(self.trained, self.request["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.optimizer.zero_grad()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, **done, "loss": loss, "gradNorm": float(norm), "peakBytes": peak_bytes()}

    def count(self):
        return {"trainable": sum(p.numel() for p in self.trained)}

    def collate(self, ids, labels, spans):
        """Padded on the right to the longest."""
        torch = self.torch
        width = max(end - begin for begin, end in spans)

        def padded(values, padding):
            return torch.tensor([values[begin:end] + [padding] * (width - (end - begin)) for begin, end in spans])

        mask = torch.tensor([[1] * (end - begin) + [0] * (width - (end - begin)) for begin, end in spans])
        return {
            "input_ids": padded(ids, self.request["padId"]),
            "attention_mask": mask,
            "labels": padded(labels, -100),
        }

    @staticmethod
    def add(done, batch):
        done["rows"] += len(batch["input_ids"])
        done["tokens"] += int(batch["attention_mask"].sum())
        done["padded"] += batch["input_ids"].numel()
        done["labels"] += int((batch["labels"][:, 1:] != -100).sum())


def peak_bytes():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    serve(Session, {"run": lambda session, step: session.run(**step), "count": lambda session, _: session.count()})
