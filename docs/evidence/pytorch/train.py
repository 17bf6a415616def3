"""Trains ALL-CNN in PyTorch by the recipe `all-cnn-quarter`: the independent arm beside normlab's own runs.

    python train.py IMAGES OUT --norm bn --epochs 20 --seed 1

IMAGES holds train/<class>/*.jpg and test/<class>/*.jpg. OUT/metrics.jsonl gets one line per epoch and evaluation, in the
form of normlab's own run folders; OUT/config.json says what was run. Needs torch 2.13.0, numpy and pillow.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

PLACEMENTS = ("bn", "cbn-all", "cbn-lconv-bn", "cbn-lconv-nobn")


class AllCnn(nn.Module):
    """Nine 3x3 convolutions without biases, each with norm and ReLU; the mean over the image is the logits."""

    def __init__(self, placement: str, width: float, classes: int) -> None:
        super().__init__()
        narrow, wide = round(96 * width), round(192 * width)
        channels = [3, narrow, narrow, narrow, wide, wide, wide, wide, wide, classes]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for index in range(9):
            stride = 2 if index in (2, 5) else 1
            conv = nn.Conv2d(channels[index], channels[index + 1], 3, stride, padding=0, bias=False)
            # He's initialization by fan-out: sd = sqrt(2 / (9 * channels out)).
            nn.init.normal_(conv.weight, std=(2 / (9 * channels[index + 1])) ** 0.5)
            self.convs.append(conv)
            last = index == 8
            if last and placement == "cbn-lconv-nobn":
                self.norms.append(nn.Identity())
            else:
                learns = placement == "bn" or (last and placement == "cbn-lconv-bn")
                self.norms.append(nn.BatchNorm2d(channels[index + 1], eps=1e-5, momentum=0.1, affine=learns))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv, norm in zip(self.convs, self.norms):
            # TensorFlow's SAME on even sizes: 1 and 1 at stride 1, 0 before and 1 after at stride 2.
            x = F.pad(x, (0, 1, 0, 1) if conv.stride[0] == 2 else (1, 1, 1, 1))
            x = F.relu(norm(conv(x)))
        return x.mean((2, 3))


def load(folder: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """All images of a folder as [N, 32, 32, 3] bytes, with their labels; classes in alphabetical order."""
    classes = sorted(each.name for each in folder.iterdir() if each.is_dir())
    images, labels = [], []
    for label, name in enumerate(classes):
        for file in sorted((folder / name).iterdir()):
            images.append(np.asarray(Image.open(file).convert("RGB")))
            labels.append(label)
    return np.stack(images), np.asarray(labels), classes


def standardized(images: np.ndarray) -> torch.Tensor:
    """Each image to mean 0 and standard deviation 1 over all pixels and channels, as [N, 3, H, W]."""
    flat = images.reshape(len(images), -1)
    mean = flat.mean(1, keepdims=True)
    sd = np.maximum(flat.std(1, keepdims=True), flat.shape[1] ** -0.5)
    return torch.from_numpy(((flat - mean) / sd).reshape(images.shape).transpose(0, 3, 1, 2).astype(np.float32).copy())


def augmented(images: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
    """Random 24x24 crop, flip, brightness and contrast, then standardization: TensorFlow's CIFAR-10 tutorial."""
    count = len(images)
    out = np.empty((count, 24, 24, 3), np.float64)
    tops, lefts = rng.integers(0, 9, count), rng.integers(0, 9, count)
    for index in range(count):
        out[index] = images[index, tops[index] : tops[index] + 24, lefts[index] : lefts[index] + 24]
    flips = rng.random(count) < 0.5
    out[flips] = out[flips, :, ::-1]
    out += rng.uniform(-63, 63, (count, 1, 1, 1))
    means = out.mean((1, 2), keepdims=True)
    return standardized((out - means) * rng.uniform(0.2, 1.8, (count, 1, 1, 1)) + means)


def evaluate(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """Mean loss and accuracy in inference mode."""
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in images.split(500)])
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--norm", choices=PLACEMENTS, default="bn")
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    settings = parser.parse_args()

    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    images, labels, classes = load(settings.images / "train")
    tests, test_labels, _ = load(settings.images / "test")
    tests = standardized(tests[:, 4:28, 4:28].astype(np.float64))
    test_labels = torch.from_numpy(test_labels)

    model = AllCnn(settings.norm, settings.width, len(classes)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-4)
    # As in normlab, the last batch of an epoch holds what is left.
    steps_per_epoch = -(-len(images) // settings.batch)
    total = steps_per_epoch * settings.epochs

    settings.out.mkdir(parents=True)
    config = {
        "framework": f"PyTorch {torch.__version__}",
        "settings": {key: str(value) if isinstance(value, Path) else value for key, value in vars(settings).items()},
        "python": platform.python_version(),
        "length": {"steps": total, "stepsPerEpoch": steps_per_epoch},
    }
    for private in ("images", "out"):
        del config["settings"][private]
    (settings.out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    begin = time.monotonic()
    step = 0
    with (settings.out / "metrics.jsonl").open("w", buffering=1) as log:
        for epoch in range(settings.epochs):
            model.train()
            order = rng.permutation(len(images))
            losses = right = 0.0
            for first in range(0, len(order), settings.batch):
                chosen = order[first : first + settings.batch]
                truth = torch.from_numpy(labels[chosen])
                for group in optimizer.param_groups:
                    group["lr"] = 0.1 * 10 ** (-2 * step / total)
                logits = model(augmented(images[chosen], rng).to(memory_format=torch.channels_last))
                loss = F.cross_entropy(logits, truth)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                losses += loss.item() * len(chosen)
                right += (logits.argmax(1) == truth).sum().item()
            test_loss, accuracy = evaluate(model, tests, test_labels)
            place = {"step": step, "epoch": epoch}
            seconds = round(time.monotonic() - begin, 3)
            means = {"loss": losses / len(order), "accuracy": right / len(order)}
            log.write(json.dumps({"type": "epoch", **place, **means, "seconds": seconds}) + "\n")
            line = {"type": "evaluation", **place, "loss": test_loss, "accuracy": accuracy, "seconds": seconds}
            log.write(json.dumps(line) + "\n")


main()
