"""A peer that answers lines of JSON, one each: what the peers that open a session have in common."""
import json
import os
import platform
import sys
import traceback
from importlib.metadata import version


def announced(torch, *libraries):
    """What a session answers: the versions of its libraries, and its threads."""
    versions = {name: version(name) for name in (*libraries, "torch")}
    return {"versions": {**versions, "python": platform.python_version()}, "threads": torch.get_num_threads()}


def failure(error):
    # A package that is not installed leaves rows out.
    if isinstance(error, ModuleNotFoundError):
        return {"absent": f"{sys.executable}: {error}"}
    traceback.print_exception(type(error), error, error.__traceback__)
    return {"error": f"{type(error).__name__}: {error}"}


def serve(open_session, asked):
    """Opens a session for `request` and `threads` and gives its `answer`; `asked` has what is called with the session
    and the value for any other key."""
    # What libraries print is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    session = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if "request" in message:
                session = open_session(message["request"], message["threads"])
                answer = session.answer
            else:
                [(key, value)] = message.items()
                answer = asked[key](session, value)
        except Exception as error:
            answer = failure(error)
        print(json.dumps(answer), file=answers, flush=True)
