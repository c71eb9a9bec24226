"""Writes a file of events by TensorBoard's own writer, and reads it back.

    pip install tensorboard==2.21.0 protobuf==7.36.2 "setuptools<81"
    python test/golden/tensorboard/make.py

events.bin    the file, its first record with the time of the first step
events.json   what it was made from: [{ wallTime, step, scalars: [[tag, value], ...] }, ...]

Steps, times and values lie on both sides of where their encodings grow by a byte, and of f32's borders;
tags are short, long, or not ASCII.
"""

import json
from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

steps = [1, 127, 128, 16383, 16384, 2**31, 2**32 + 5, 2**53 - 1]
values = [0.0, -0.0, 1.0, 0.1, -3.25e-5, 3.4028234e38, 1e-45, 16777217.0]
tags = ["loss/sft", "gradNorm", "lr", "epoch", "evaluation/spearman", "a", "é中🙂", "x" * 200]
events = [
    {
        "wallTime": 1.7e9 + at + 0.1,
        "step": step,
        "scalars": [[tag, values[(at + i) % len(values)]] for i, tag in enumerate(tags[: at + 1])],
    }
    for at, step in enumerate(steps)
]
# A summary of nothing, and a record longer than 16 KiB.
events.append({"wallTime": 0.5, "step": 3, "scalars": []})
events.append({"wallTime": 2.5, "step": 4, "scalars": [[f"many/{i}", i / 7] for i in range(1000)]})


def serialized():
    yield Event(wall_time=events[0]["wallTime"], file_version="brain.Event:2")
    for event in events:
        message = Event(wall_time=event["wallTime"], step=event["step"])
        message.summary.SetInParent()
        for tag, value in event["scalars"]:
            message.summary.value.add(tag=tag, simple_value=value)
        yield message


folder = Path(__file__).parent
with open(folder / "events.bin", "wb") as file:
    writer = RecordWriter(file)
    for message in serialized():
        writer.write(message.SerializeToString())
assert len(list(RawEventFileLoader(str(folder / "events.bin")).Load())) == len(events) + 1
(folder / "events.json").write_text(json.dumps(events, ensure_ascii=False) + "\n")
