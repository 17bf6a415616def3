# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0"]
# ///
"""Writes the reference numbers of the normalizations, from PyTorch in float64, to vectors/ops/*.json.

Every input is a multiple of 1/64, so that float32 holds it exactly. Shapes are normlab's, channels last.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

FOLDER = Path(__file__).parent / "ops"
SHAPES = [[5, 3], [2, 4, 3], [2, 3, 2, 4], [2, 2, 1, 3, 2]]
FORMS = [[], ["scale"], ["offset"], ["scale", "offset"]]

torch.set_default_dtype(torch.float64)


def draw(generator, shape, low=-3.0, high=3.0):
    """Uniform numbers of [low, high) in steps of 1/64."""
    drawn = torch.randint(int(low * 64), int(high * 64), tuple(shape), generator=generator)
    return drawn.to(torch.float64) / 64


def channels_first(x):
    return x.movedim(-1, 1) if x.dim() > 2 else x


def channels_last(x):
    return x.movedim(1, -1) if x.dim() > 2 else x


def as_json(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


def case(title, compute, inputs, options, generator, stats=None):
    """Output and gradients of compute(**inputs), for a random gradient of the output."""
    leaves = {name: value.clone().requires_grad_() for name, value in inputs.items()}
    output = compute(**leaves)
    dy = draw(generator, output.shape)
    gradients = torch.autograd.grad(output, list(leaves.values()), dy)
    return {
        "title": title,
        "options": options,
        **({} if stats is None else {"stats": {name: as_json(value) for name, value in stats.items()}}),
        "inputs": {name: as_json(value) for name, value in inputs.items()},
        "dy": as_json(dy),
        "output": as_json(output),
        "gradients": {name: as_json(value) for name, value in zip(leaves, gradients)},
    }


def affine_calls(generator, shapes=SHAPES):
    """Inputs x, scale, offset: every form for rank 4, gain and bias for the others."""
    for shape in shapes:
        for form in FORMS if len(shape) == 4 else FORMS[-1:]:
            inputs = {"x": draw(generator, shape), **{name: draw(generator, shape[-1:]) for name in form}}
            yield f"rank {len(shape)}, {' and '.join(form) or 'constant'}", inputs


def normalized_calls(generator):
    """Inputs with parameters of the normalized shape, which are the last axes."""
    for shape, axes in ((SHAPES[0], [0, 1]), (SHAPES[1], [1, 2]), (SHAPES[2], [1, 2, 3]), (SHAPES[3], [2, 3, 4])):
        for form in FORMS if len(shape) == 4 else FORMS[-1:]:
            own = [shape[axis] for axis in axes]
            inputs = {"x": draw(generator, shape), **{name: draw(generator, own) for name in form}}
            yield axes, f"rank {len(shape)} over {axes}, {' and '.join(form) or 'constant'} of that shape", inputs


def plain_calls(generator, shapes=SHAPES, name="x"):
    for shape in shapes:
        yield f"rank {len(shape)}", {name: draw(generator, shape)}


def running_stats(generator, channels):
    return {"mean": draw(generator, [channels]), "variance": draw(generator, [channels], 0.25, 4.0)}


def shifted(y, scale, offset):
    y = y if scale is None else y * scale
    return y if offset is None else y + offset


def standardize(generator):
    for axes in ([0], [-1], [0, 2], [1, -1]):
        for title, inputs in plain_calls(generator):
            rank = inputs["x"].dim()
            if len({axis % rank for axis in axes if axis < rank}) < len(axes):
                continue

            def compute(x, axes=axes):
                variance, mean = torch.var_mean(x, dim=axes, correction=0, keepdim=True)
                return (x - mean) / torch.sqrt(variance + 1e-5)

            made = case(f"{title} over {axes}", compute, inputs, {"axes": axes, "epsilon": 1e-5}, generator)
            variance, mean = torch.var_mean(inputs["x"], dim=axes, correction=0)
            yield {**made, "statistics": {"mean": as_json(mean), "variance": as_json(variance)}}


def batch_norm_train(generator, calls, epsilon, decay, activate=lambda y: y):
    for title, inputs in calls:
        channels = inputs["x"].shape[-1]
        stats = running_stats(generator, channels)

        def compute(x, scale=None, offset=None, running=(None, None)):
            y = F.batch_norm(
                channels_first(x), *running, scale, offset, training=True, momentum=1 - decay, eps=epsilon
            )
            return activate(channels_last(y))

        made = case(title, compute, inputs, {"epsilon": epsilon, "decay": decay}, generator, stats)
        moved = {name: value.clone() for name, value in stats.items()}
        compute(**inputs, running=(moved["mean"], moved["variance"]))
        # As PyTorch moves them on: by the unbiased variance.
        yield {**made, "moved": {name: as_json(value) for name, value in moved.items()}}


def relu_away_from_0(y):
    """ReLU of values whose sign float32 cannot mistake: its gradient jumps at 0."""
    assert y.abs().min() > 1e-4, "another seed is needed"
    return F.relu(y)


def batch_norm_infer(generator, calls, epsilon):
    for title, inputs in calls:
        stats = running_stats(generator, inputs["x"].shape[-1])

        def compute(x, scale=None, offset=None, stats=stats):
            y = F.batch_norm(channels_first(x), stats["mean"], stats["variance"], scale, offset, eps=epsilon)
            return channels_last(y)

        yield case(title, compute, inputs, {"epsilon": epsilon}, generator, stats)


def layer_norm(generator):
    for title, inputs in affine_calls(generator):
        def last(x, scale=None, offset=None):
            return F.layer_norm(x, x.shape[-1:], scale, offset, eps=1e-5)

        yield case(title, last, inputs, {"axes": [-1], "epsilon": 1e-5}, generator)
    for title, inputs in affine_calls(generator, SHAPES[2:3]):
        def samples(x, scale=None, offset=None):
            return shifted(F.layer_norm(x, x.shape[1:], eps=1e-2), scale, offset)

        yield case(f"{title}, samples", samples, inputs, {"axes": [1, 2, 3], "epsilon": 1e-2}, generator)
    for axes, title, inputs in normalized_calls(generator):
        def own_shape(x, scale=None, offset=None, axes=axes):
            return F.layer_norm(x, [x.shape[axis] for axis in axes], scale, offset, eps=1e-5)

        yield case(title, own_shape, inputs, {"axes": axes, "epsilon": 1e-5}, generator)


def instance_norm(generator):
    for title, inputs in affine_calls(generator, SHAPES[1:]):
        def compute(x, scale=None, offset=None):
            return channels_last(F.instance_norm(channels_first(x), weight=scale, bias=offset, eps=1e-3))

        yield case(title, compute, inputs, {"epsilon": 1e-3}, generator)


def group_norm(generator):
    for groups, shapes in ((1, SHAPES[:1]), (2, SHAPES[2:]), (3, SHAPES[1:2])):
        for title, inputs in affine_calls(generator, shapes):
            def compute(x, scale=None, offset=None, groups=groups):
                # The gradient of group_norm with a bias but no weight raises in PyTorch 2.13: bias apart.
                y = F.group_norm(channels_first(x), groups, scale, eps=1e-5)
                return shifted(channels_last(y), None, offset)

            options = {"groups": groups, "epsilon": 1e-5}
            yield case(f"{title}, {groups} groups", compute, inputs, options, generator)


def rms_norm(generator):
    for title, inputs in affine_calls(generator):
        def last(x, scale=None, offset=None):
            return shifted(F.rms_norm(x, x.shape[-1:], scale, eps=1e-5), None, offset)

        yield case(title, last, inputs, {"axes": [-1], "epsilon": 1e-5}, generator)
    for title, inputs in affine_calls(generator, SHAPES[2:3]):
        def samples(x, scale=None, offset=None):
            return shifted(F.rms_norm(x, x.shape[1:], eps=1e-2), scale, offset)

        yield case(f"{title}, samples", samples, inputs, {"axes": [1, 2, 3], "epsilon": 1e-2}, generator)
    for axes, title, inputs in normalized_calls(generator):
        def own_shape(x, scale=None, offset=None, axes=axes):
            return shifted(F.rms_norm(x, [x.shape[axis] for axis in axes], scale, eps=1e-5), None, offset)

        yield case(title, own_shape, inputs, {"axes": axes, "epsilon": 1e-5}, generator)


def weight_norm(generator):
    for title, inputs in plain_calls(generator, name="direction"):
        inputs["scale"] = draw(generator, inputs["direction"].shape[-1:])

        def compute(direction, scale):
            last = direction.dim() - 1
            return torch._weight_norm(direction, scale.reshape([1] * last + [-1]), last)

        yield case(title, compute, inputs, {}, generator)


def weight_standardize(generator):
    for title, inputs in plain_calls(generator):
        def compute(x):
            rows = x.reshape(-1, x.shape[-1])
            return F.batch_norm(rows, None, None, training=True, eps=1e-5).reshape(x.shape)

        yield case(title, compute, inputs, {"epsilon": 1e-5}, generator)


def fold_batch_norm(generator, output):
    """The kernel or the bias of a folded 2-D convolution, checked against PyTorch's own folding."""
    for form in FORMS:
        stats = running_stats(generator, 4)
        inputs = {"kernel": draw(generator, [3, 2, 2, 4]), "bias": draw(generator, [4])}
        inputs |= {name: draw(generator, [4]) for name in form}
        used = ["kernel", "scale"] if output == "kernel" else ["bias", "scale", "offset"]

        def compute(kernel=inputs["kernel"], bias=inputs["bias"], scale=None, offset=None, stats=stats):
            gain = torch.rsqrt(stats["variance"] + 1e-3) * (1 if scale is None else scale)
            folded = {"kernel": kernel * gain, "bias": shifted((bias - stats["mean"]) * gain, None, offset)}
            theirs = fuse_conv_bn_weights(
                kernel.detach().permute(3, 2, 0, 1), bias.detach(), stats["mean"], stats["variance"], 1e-3,
                None if scale is None else scale.detach(), None if offset is None else offset.detach(),
            )
            if used[0] == "kernel":
                torch.testing.assert_close(folded["kernel"], theirs[0].permute(2, 3, 1, 0), check_stride=False)
            elif "offset" in form:
                torch.testing.assert_close(folded["bias"], theirs[1])
            return folded[output]

        own = {name: value for name, value in inputs.items() if name in used}
        yield case(" and ".join(form) or "constant", compute, own, {"epsilon": 1e-3}, generator, stats)


def main():
    operations = {
        "standardize": standardize,
        "batchNormTrain": lambda g: batch_norm_train(g, affine_calls(g), 1e-5, 0.75),
        "constantBatchNormTrain": lambda g: batch_norm_train(g, plain_calls(g), 1e-2, 0.5),
        "batchNormInfer": lambda g: batch_norm_infer(g, affine_calls(g), 1e-5),
        "constantBatchNormInfer": lambda g: batch_norm_infer(g, plain_calls(g), 1e-2),
        "layerNorm": layer_norm,
        "instanceNorm": instance_norm,
        "groupNorm": group_norm,
        "rmsNorm": rms_norm,
        "weightNorm": weight_norm,
        "weightStandardize": weight_standardize,
        "foldedKernel": lambda g: fold_batch_norm(g, "kernel"),
        "foldedBias": lambda g: fold_batch_norm(g, "bias"),
        "batchNormReluTrain": lambda g: batch_norm_train(g, affine_calls(g), 1e-5, 0.75, relu_away_from_0),
    }
    FOLDER.mkdir(exist_ok=True)
    for seed, (name, make) in enumerate(operations.items(), start=1):
        cases = list(make(torch.Generator().manual_seed(seed)))
        head = json.dumps({"operation": name, "torch": torch.__version__})
        lines = ",\n".join(json.dumps(each) for each in cases)
        (FOLDER / f"{name}.json").write_text(f'{head[:-1]}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
