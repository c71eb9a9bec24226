"""PEFT as a peer that merges an adapter into a model in bf16, as its users do, and takes it out again.

One line of JSON in, one out:

    { request: { model, adapter, ids }, threads }  ->  { versions, threads }
    { merge: true }                                ->  { seconds, bytes, logits }

or { absent } or { error } as in peer-process.ts.

model, adapter   an HF folder in bf16, and the folder of an adapter for it
seconds          of merge_adapter alone; it is unmerged when the logits are taken
bytes            of the weights that changed
logits           of the token after ids, while it is merged
"""
import time

from line_peer import announced, serve


class Session:
    def __init__(self, request, threads):
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        base = AutoModelForCausalLM.from_pretrained(request["model"], dtype=torch.bfloat16)
        self.model = PeftModel.from_pretrained(base, request["adapter"]).eval()
        self.ids = torch.tensor([request["ids"]])
        self.answer = announced(torch, "peft", "transformers")

    def merge(self):
        start = time.perf_counter()
        self.model.merge_adapter()
        seconds = time.perf_counter() - start
        logits = self.model(input_ids=self.ids, use_cache=False).logits[0, -1].float().tolist()
        self.model.unmerge_adapter()
        adapted = [module.base_layer.weight for module in self.model.modules() if hasattr(module, "lora_A")]
        return {"seconds": seconds, "bytes": sum(w.numel() * w.element_size() for w in adapted), "logits": logits}


if __name__ == "__main__":
    serve(Session, {"merge": lambda session, _: session.merge()})
