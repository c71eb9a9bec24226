"""sentence-transformers as a peer that trains all weights on triplets, with its own MultipleNegativesRankingLoss (rows
padded on the right to the longest of their side, as its collator pads them), and that encodes sentences.

One line of JSON in, one out:

    { request: { model, batchSize, temperature, clip, weightDecay, padId }, threads }
        ->  { versions, threads }
    { run: { ids, offsets, lr, seed, drops } }
        ->  { seconds, rows, tokens, padded, labels, loss, gradNorm }
    { count: true }
        ->  { trainable }
    { encode: texts }
        ->  { seconds, rows, vector }

or { absent } or { error } as in peer-process.ts.

ids, offsets   packed rows: batchSize anchors, as many positives and hard negatives
drops          whether dropout is on, at the model's own rates
labels         anchors
trainable      numbers that something comes down to
seconds        from the packed rows to the stepped weights, with gradients cleared; from texts to vectors
vector         of the last text
"""
import time

from line_peer import announced, serve


class Session:
    def __init__(self, request, threads):
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer import losses

        torch.set_num_threads(threads)
        self.torch, self.request = torch, request
        self.model = SentenceTransformer(request["model"], device="cpu")
        self.loss = losses.MultipleNegativesRankingLoss(self.model, scale=1 / request["temperature"])
        self.weights = list(self.model.parameters())
        # The rate is each step's own.
        self.optimizer = torch.optim.AdamW(self.weights, lr=0.0, weight_decay=request["weightDecay"])
        self.used = 0
        self.answer = announced(torch, "sentence-transformers", "transformers")

    def run(self, ids, offsets, lr, seed, drops):
        torch, size = self.torch, self.request["batchSize"]
        torch.manual_seed(seed)
        self.model.train(drops)
        start = time.perf_counter()
        spans = list(zip(offsets, offsets[1:]))
        sides = [self.collate(ids, spans[first : first + size]) for first in range(0, len(spans), size)]
        padded = sum(side["input_ids"].numel() for side in sides)
        loss = self.loss(sides, labels=None)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.weights, self.request["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.used = sum(p.numel() for p in self.weights if p.grad is not None)
        self.optimizer.zero_grad()
        return {
            "seconds": time.perf_counter() - start,
            "rows": len(spans),
            "tokens": len(ids),
            "padded": padded,
            "labels": size,
            "loss": loss.item(),
            "gradNorm": float(norm),
        }

    def collate(self, ids, spans):
        """Padded on the right to the longest."""
        torch = self.torch
        width = max(end - begin for begin, end in spans)
        rows = [ids[begin:end] + [self.request["padId"]] * (width - (end - begin)) for begin, end in spans]
        mask = [[1] * (end - begin) + [0] * (width - (end - begin)) for begin, end in spans]
        return {"input_ids": torch.tensor(rows), "attention_mask": torch.tensor(mask)}

    def encode(self, texts):
        self.model.eval()
        start = time.perf_counter()
        vectors = self.model.encode(texts, show_progress_bar=False)
        return {"seconds": time.perf_counter() - start, "rows": len(vectors), "vector": vectors[-1].tolist()}

    def count(self):
        return {"trainable": self.used}


if __name__ == "__main__":
    asked = {
        "run": lambda session, step: session.run(**step),
        "encode": lambda session, texts: session.encode(texts),
        "count": lambda session, _: session.count(),
    }
    serve(Session, asked)
