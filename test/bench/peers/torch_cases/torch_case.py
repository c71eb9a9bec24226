from typing import Callable, Dict, NamedTuple


class TorchCase(NamedTuple):
    run: Callable[[], None]
    # Of the last run, by the names that our side gives them.
    outputs: Callable[[], Dict]
    # Not timed: drops what the last run made, so that its memory is there for the next.
    reset: Callable[[], None]
