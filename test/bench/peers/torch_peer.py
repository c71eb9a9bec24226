"""torch as a peer: one line of JSON in, one out (the protocol is in peer-process.ts).

A case named "<stem>.<function>" is that function of torch_cases/<stem>.py. It gets
(args, inputs) and gives a TorchCase.
"""
import importlib
import json
import math
import platform
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def load(torch, described):
    """The tensor of a raw little-endian f32 file."""
    data = bytearray(Path(described["path"]).read_bytes())
    return torch.frombuffer(data, dtype=torch.float32).reshape(described["shape"]).clone()


def outcome(outputs):
    """Rows of the first output, and elements of all, that hold a finite number; and mean |output|."""
    first = next(iter(outputs.values()))
    width = math.prod(first.shape[1:])
    return {
        "work": {
            "rows": int(first.detach().isfinite().reshape(-1, width).all(1).sum()),
            "elements": sum(int(output.detach().isfinite().sum()) for output in outputs.values()),
        },
        "means": {name: float(output.detach().double().abs().mean()) for name, output in outputs.items()},
    }


def prepare(message):
    import torch

    torch.set_num_threads(message["threads"])
    stem, function = message["case"].split(".")
    inputs = {name: load(torch, described) for name, described in message["inputs"].items()}
    case = getattr(importlib.import_module(f"torch_cases.{stem}"), function)(message["args"], inputs)
    case.reset()
    case.run()
    return case, {
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "threads": torch.get_num_threads(),
        **outcome(case.outputs()),
    }


def timed(case, repeats):
    seconds = []
    for _ in range(repeats):
        case.reset()
        start = time.perf_counter()
        case.run()
        seconds.append(time.perf_counter() - start)
    return seconds


def failure(error):
    # A package that is not installed leaves rows out; a case of ours that is not there is a defect.
    if isinstance(error, ModuleNotFoundError) and not error.name.startswith("torch_cases"):
        return {"absent": f"{sys.executable}: {error}"}
    traceback.print_exception(type(error), error, error.__traceback__)
    return {"error": f"{type(error).__name__}: {error}"}


def main():
    case = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if "run" in message:
                answer = {"seconds": timed(case, message["run"])}
            else:
                case, answer = prepare(message)
        except Exception as error:
            answer = failure(error)
        print(json.dumps(answer), flush=True)


main()
