"""Makes optimizers.json and crossEntropy.json beside it, with torch 2.13.0 in float64.

Inputs are multiples of 1/64, so that float32 holds them exactly and differences are the optimizer's own.
Run: python makeVectors.py && npx biome format --write .
"""

import json
import pathlib

import torch

assert torch.__version__.startswith("2.13.0"), torch.__version__
here = pathlib.Path(__file__).parent
steps = 6
rates = [0.125, 0.0625, 0.125, 0.25, 0.03125, 0.125]
shapes = {"conv1/kernel": [2, 3], "conv1/bias": [3]}


def dyadic(generator, shape):
    return torch.randint(-128, 129, shape, generator=generator).double() / 64


def run(make):
    generator = torch.Generator().manual_seed(1)
    start = {path: dyadic(generator, shape) for path, shape in shapes.items()}
    grads = [{path: dyadic(generator, shape) for path, shape in shapes.items()} for _ in range(steps)]
    params = {path: torch.nn.Parameter(value.clone()) for path, value in start.items()}
    optimizer = make(params)
    trajectory = []
    for rate, grad in zip(rates, grads):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for path, value in grad.items():
            params[path].grad = value.clone()
        optimizer.step()
        trajectory.append(flat({path: p.detach() for path, p in params.items()}))
    return flat(start), [flat(each) for each in grads], trajectory


def flat(record):
    return {path: value.flatten().tolist() for path, value in record.items()}


def on_kernels(params, decay, make):
    return make(
        [
            {"params": [params["conv1/kernel"]], "weight_decay": decay},
            {"params": [params["conv1/bias"]], "weight_decay": 0.0},
        ]
    )


sgd, adamw = torch.optim.SGD, torch.optim.AdamW
cases = [
    ("sgd", {}, lambda p: sgd(p.values(), lr=1)),
    ("sgd", {"l2": 0.25}, lambda p: sgd(p.values(), lr=1, weight_decay=0.25)),
    ("sgd", {"momentum": 0.875}, lambda p: sgd(p.values(), lr=1, momentum=0.875)),
    (
        "sgd",
        {"momentum": 0.875, "l2": 0.25},
        lambda p: sgd(p.values(), lr=1, momentum=0.875, weight_decay=0.25),
    ),
    (
        "sgd",
        {"momentum": 0.875, "l2": 0.25, "nesterov": True},
        lambda p: sgd(p.values(), lr=1, momentum=0.875, weight_decay=0.25, nesterov=True),
    ),
    (
        "sgd",
        {"momentum": 0.875, "l2": 0.25, "l2On": "kernels"},
        lambda p: on_kernels(p, 0.25, lambda groups: sgd(groups, lr=1, momentum=0.875)),
    ),
    ("adamW", {}, lambda p: adamw(p.values(), lr=1)),
    (
        "adamW",
        {"beta1": 0.75, "beta2": 0.96875, "epsilon": 0.001, "weightDecay": 0.25},
        lambda p: adamw(p.values(), lr=1, betas=(0.75, 0.96875), eps=0.001, weight_decay=0.25),
    ),
    (
        "adamW",
        {"weightDecay": 0.25, "decayOn": "kernels"},
        lambda p: on_kernels(p, 0.25, lambda groups: adamw(groups, lr=1)),
    ),
]
start, grads, _ = run(cases[0][2])
vectors = {
    "torch": torch.__version__,
    "shapes": shapes,
    "rates": rates,
    "start": start,
    "grads": grads,
    "cases": [
        {"optimizer": name, "options": options, "params": run(make)[2]} for name, options, make in cases
    ],
}
(here / "optimizers.json").write_text(json.dumps(vectors) + "\n")

generator = torch.Generator().manual_seed(2)
samples = []
for scale in [1 / 64, 1, 16, 4096]:
    logits = (dyadic(generator, [5, 7]) * scale).requires_grad_()
    labels = torch.randint(0, 7, [5], generator=generator)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    samples.append(
        {
            "logits": logits.tolist(),
            "labels": labels.tolist(),
            "loss": loss.item(),
            "gradient": logits.grad.tolist(),
        }
    )
(here / "crossEntropy.json").write_text(
    json.dumps({"torch": torch.__version__, "samples": samples}) + "\n"
)
