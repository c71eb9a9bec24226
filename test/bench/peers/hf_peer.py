"""transformers as a peer that generates text from a GGUF file's weights, dequantised to f32.

One line of JSON in, one out; the protocol is in generation-peer.ts, its terms in request.ts.
"""
import time
from pathlib import Path

from line_peer import announced, serve


class Session:
    def __init__(self, request, threads):
        import torch
        from transformers import AutoModelForCausalLM, GgufConfig

        if request["timed"] != "job":
            raise ValueError("only whole jobs are timed here")
        torch.set_num_threads(threads)
        self.torch, self.request = torch, request
        path = Path(request["model"])
        self.model = AutoModelForCausalLM.from_pretrained(
            path.parent,
            gguf_file=path.name,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
        ).eval()
        self.answer = announced(torch, "transformers")

    def run(self, rows, seed):
        """The first `rows` prompts, in batches."""
        size = self.request["batchSize"]
        prompts = self.request["prompts"][:rows]
        self.torch.manual_seed(seed)
        read, lengths = 0, []
        start = time.perf_counter()
        for first in range(0, len(prompts), size):
            batch = prompts[first : first + size]
            lengths += self.generate(batch)
            read += sum(len(prompt) for prompt in batch)
        return {"seconds": time.perf_counter() - start, "promptTokens": read, "lengths": lengths}

    def generate(self, prompts):
        """New tokens of each row before its stop; prompts are padded on the left."""
        torch, request = self.torch, self.request
        width = max(len(prompt) for prompt in prompts)
        pad = request["stops"][0]
        ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        with torch.inference_mode():
            out = self.model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=request["maxNewTokens"],
                eos_token_id=request["stops"],
                pad_token_id=pad,
                **self.settings(),
            )
        stops = set(request["stops"])
        new = [row[width:] for row in out.tolist()]
        return [next((i for i, token in enumerate(row) if token in stops), len(row)) for row in new]

    def settings(self):
        sampling = self.request["sampling"]
        if sampling["temperature"] == 0:
            return {"do_sample": False}
        return {
            "do_sample": True,
            "temperature": float(sampling["temperature"]),
            "top_k": sampling["topK"],
            "top_p": float(sampling["topP"]),
        }


if __name__ == "__main__":
    serve(Session, {"run": lambda session, turn: session.run(**turn)})
