"""What the Python peers share: they answer requests on stdin, lines of JSON, until it ends."""

import json
import sys
import time
from collections.abc import Callable


def serve(description: str, prepare: Callable[[dict], Callable[[], object]]) -> None:
    """Times workloads. Inputs are made once for each workload, which is not timed."""
    prepared: dict[str, Callable[[], object]] = {}
    print(json.dumps({"description": description}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "forget" in request:
                prepared.clear()
                reply = {"forgotten": True}
            else:
                key = json.dumps(request["workload"])
                if key not in prepared:
                    prepared[key] = prepare(request["workload"])
                once = prepared[key]
                start = time.perf_counter()
                for _ in range(request["repeats"]):
                    once()
                reply = {"seconds": time.perf_counter() - start}
        except Exception as error:  # noqa: BLE001: any error is an answer
            reply = {"error": str(error).split("\n")[0]}
        print(json.dumps(reply), flush=True)


def threads_text(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
