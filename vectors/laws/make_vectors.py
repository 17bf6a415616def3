"""Reference numbers for the absolute checks of @normlab/laws, from PyTorch in float64.

    pip install torch==2.13.0 && python vectors/laws/make_vectors.py && npx biome format --write packages/laws

One training step of small networks of 3×3 SAME convolutions, batch norm, an activation, a global mean and a dense
head: the loss, and all variables after the step. Images and variables come from a generator that
packages/laws/src/absolute/dyadicValues.ts repeats, in the order of drawnStep.ts, and are multiples of 1/512, which
float32 holds exactly. The file is TypeScript, so that a web page can import it as any bundler does.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

assert torch.__version__.startswith("2.13.0"), torch.__version__
torch.set_default_dtype(torch.float64)
TARGET = pathlib.Path(__file__).parents[2] / "packages" / "laws" / "src" / "absolute" / "stepCases.ts"

CASES = [
    {
        "name": "relu",
        "title": "constant batch norm and ReLU, SGD",
        "seed": 11, "batch": 4, "input": [5, 5, 2], "channels": [5], "classes": 3, "activation": "relu",
        "affine": False, "epsilon": 2**-6, "decay": 0.75, "learningRate": 1.0, "momentum": 0.0, "l2": 0.0,
    },
    {
        "name": "tanh",
        "title": "constant batch norm and tanh, SGD with momentum and L2",
        "seed": 12, "batch": 2, "input": [6, 6, 4], "channels": [8], "classes": 4, "activation": "tanh",
        "affine": False, "epsilon": 2**-5, "decay": 0.875, "learningRate": 0.125, "momentum": 0.875, "l2": 2**-6,
    },
    {
        "name": "gain",
        "title": "two convolutions, batch norm with gain and bias and ReLU, SGD with momentum and L2",
        "seed": 13, "batch": 3, "input": [3, 4, 3], "channels": [5, 4], "classes": 5, "activation": "relu",
        "affine": True, "epsilon": 2**-8, "decay": 0.5, "learningRate": 0.5, "momentum": 0.5, "l2": 2**-4,
    },
]  # fmt: skip


class Dyadic:
    """x ← 1664525·x + 1013904223 mod 2³² (Numerical Recipes), as multiples of 1/64 in [−2, 2)."""

    def __init__(self, seed):
        self.state = seed

    def draw(self, *shape):
        values = []
        for _ in range(math.prod(shape)):
            self.state = (1664525 * self.state + 1013904223) & 0xFFFFFFFF
            values.append(((self.state >> 24) - 128) / 64)
        return torch.tensor(values).reshape(shape)


def step(case):
    stream = Dyadic(case["seed"])
    height, width, inputs = case["input"]
    images = stream.draw(case["batch"], height, width, inputs)
    params, stats = {}, {}
    for index, outputs in enumerate(case["channels"], 1):
        params[f"conv{index}/kernel"] = stream.draw(3, 3, inputs, outputs) / 8
        if case["affine"]:
            params[f"norm{index}/scale"] = 1 + stream.draw(outputs) / 4
            params[f"norm{index}/offset"] = stream.draw(outputs) / 4
        stats[f"norm{index}/mean"] = stream.draw(outputs)
        stats[f"norm{index}/variance"] = 2.25 + stream.draw(outputs)
        inputs = outputs
    params["head/kernel"] = stream.draw(inputs, case["classes"]) / 4
    params["head/bias"] = stream.draw(case["classes"]) / 4
    velocity = {path: stream.draw(*value.shape) / 8 for path, value in params.items() if case["momentum"] > 0}
    labels = torch.arange(case["batch"]) % case["classes"]

    leaves = {path: torch.nn.Parameter(value.clone()) for path, value in params.items()}
    x = images.permute(0, 3, 1, 2).contiguous()
    after = {}
    for index, _ in enumerate(case["channels"], 1):
        kernel = leaves[f"conv{index}/kernel"].permute(3, 2, 0, 1).contiguous()
        x = F.conv2d(x, kernel, padding=1)
        batch_mean, batch_variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        for name, value in (("mean", batch_mean), ("variance", batch_variance)):
            path = f"norm{index}/{name}"
            after[path] = case["decay"] * stats[path] + (1 - case["decay"]) * value.detach()
        scale, offset = (leaves.get(f"norm{index}/{name}") for name in ("scale", "offset"))
        x = F.batch_norm(x, None, None, scale, offset, training=True, eps=case["epsilon"])
        if case["activation"] == "relu":
            # A float32 backend must see the same side of every kink.
            assert x.abs().min() > 1e-4, (case["name"], x.abs().min())
        x = torch.relu(x) if case["activation"] == "relu" else torch.tanh(x)
    logits = x.mean((2, 3)) @ leaves["head/kernel"] + leaves["head/bias"]
    loss = F.cross_entropy(logits, labels)
    loss.backward()

    optimizer = torch.optim.SGD(
        leaves.values(), lr=case["learningRate"], momentum=case["momentum"], weight_decay=case["l2"]
    )
    for path, value in velocity.items():
        optimizer.state[leaves[path]]["momentum_buffer"] = value.clone()
    optimizer.step()
    after |= {path: value.detach() for path, value in leaves.items()}
    after |= {f"{path}/velocity": optimizer.state[leaves[path]]["momentum_buffer"] for path in velocity}
    numbers = {path: [float(f"{each:.12g}") for each in value.flatten()] for path, value in after.items()}
    return {**case, "loss": float(f"{loss.item():.12g}"), "after": numbers}


cases = json.dumps([step(case) for case in CASES], ensure_ascii=False)
TARGET.write_text(
    "// Made by vectors/laws/make_vectors.py with PyTorch 2.13.0 in float64.\n"
    "import type { StepCase } from './drawnStep.js';\n\n"
    "/** Training steps, and what PyTorch makes of them. */\n"
    f"export const stepCases: readonly StepCase[] = {cases};\n"
)
