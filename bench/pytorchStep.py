"""The same work by PyTorch, as a peer of normlab's benchmarks: requests and answers are lines of JSON.

    python pytorchStep.py --threads 1 [--device cuda] [--first-step]

Tensors are channels last, as in normlab, unless --layout is `contiguous`. On a GPU all arithmetic is in float32, as in
normlab: TensorFloat-32 is off. With --first-step it computes one gradient of ALL-CNN and ends.
"""

import argparse

import torch
from serving import serve, threads_text
from torch import nn
from torch.nn import functional


def all_cnn(width: float, norm: str) -> nn.Module:
    """ALL-CNN: nine 3x3 convolutions, each with batch norm and ReLU, then the mean over the image."""
    narrow, wide = max(1, round(96 * width)), max(1, round(192 * width))
    channels = [narrow] * 3 + [wide] * 5 + [10]
    layers: list[nn.Module] = []
    before = 3
    for index, each in enumerate(channels):
        stride = 2 if index in (2, 5) else 1
        # A folded norm is a bias of its convolution.
        layers.append(nn.Conv2d(before, each, 3, stride, padding=1, bias=norm == "folded"))
        is_last = index == len(channels) - 1
        if norm == "bn" or (norm == "cbn-lconv-bn" and is_last):
            layers.append(nn.BatchNorm2d(each))
        elif norm == "cbn-all" or (norm.startswith("cbn-lconv") and not is_last):
            layers.append(nn.BatchNorm2d(each, affine=False))
        elif not (norm in ("none", "folded") or is_last):
            raise ValueError(f"no placement {norm} here")
        layers.append(nn.ReLU(inplace=True))
        before = each
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def prepare_step(work: dict, layout: torch.memory_format, device: str):
    torch.manual_seed(1)
    model = all_cnn(work["width"], work["norm"]).to(device, memory_format=layout).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=2e-4)
    images = torch.randn(work["batch"], 3, 24, 24).contiguous(memory_format=layout)
    labels = torch.arange(work["batch"]) % 10
    if device != "cpu":
        # The copy to the GPU is part of the step, and is fastest from pinned memory.
        images, labels = images.pin_memory(), labels.pin_memory()

    def once() -> None:
        optimizer.zero_grad(set_to_none=True)
        x, truth = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        loss = functional.cross_entropy(model(x), truth)
        loss.backward()
        optimizer.step()
        loss.item()

    return once


def prepare_inference(work: dict, layout: torch.memory_format):
    model = all_cnn(work["width"], "folded").to(memory_format=layout).eval()
    images = torch.randn(work["batch"], 3, 24, 24).contiguous(memory_format=layout)

    @torch.inference_mode()
    def once() -> None:
        model(images).numpy()

    return once


def prepare_standardize(work: dict, layout: torch.memory_format):
    images, height, width, channels = work["shape"]
    x = torch.randn(images, channels, height, width).contiguous(memory_format=layout).requires_grad_()
    dy = torch.randn(images, channels, height, width).contiguous(memory_format=layout)

    def once() -> None:
        x.grad = None
        functional.batch_norm(x, None, None, training=True).backward(dy)

    return once


def prepare_conv(work: dict, layout: torch.memory_format):
    size, kernel, stride = work["size"], work["kernel"], work["stride"]
    results = -(-size // stride)
    padding = kernel // 2
    x = torch.randn(work["batch"], work["from"], size, size).contiguous(memory_format=layout)
    dy = torch.randn(work["batch"], work["to"], results, results).contiguous(memory_format=layout)
    weight = torch.randn(work["to"], work["from"], kernel, kernel).contiguous(memory_format=layout)
    wanted = {"forward": None, "backprop-input": [True, False, False], "backprop-filter": [False, True, False]}
    mask = wanted[work["pass"]]

    @torch.no_grad()
    def once() -> None:
        if mask is None:
            functional.conv2d(x, weight, stride=stride, padding=padding)
        else:
            torch.ops.aten.convolution_backward(
                dy, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, mask
            )

    return once


def prepare_matmul(work: dict, _layout: torch.memory_format):
    a, b = torch.randn(work["size"], work["size"]), torch.randn(work["size"], work["size"])
    return lambda: torch.mm(a, b)


PREPARE = {
    "inference": prepare_inference,
    "standardize": prepare_standardize,
    "conv": prepare_conv,
    "matmul": prepare_matmul,
}


def prepare(work: dict, layout: torch.memory_format, device: str):
    if work["kind"] == "step":
        return prepare_step(work, layout, device)
    if device != "cpu":
        raise ValueError(f"no {work['kind']} on {device} here")
    return PREPARE[work["kind"]](work, layout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--layout", choices=["channels-last", "contiguous"], default="channels-last")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--first-step", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    if options.first_step:
        prepare_step({"width": 1, "batch": 32, "norm": "bn"}, layout, options.device)()
        return
    place = threads_text(options.threads)
    if options.device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
        place = f"{torch.cuda.get_device_name()}, float32 without TF32"
    description = f"PyTorch {torch.__version__}, {place}, {options.layout}"
    serve(description, lambda work: prepare(work, layout, options.device))


main()
