"""Inference by onnxruntime, as a peer of normlab's benchmarks: requests and answers are lines of JSON.

    python onnxInference.py --threads 1
"""

import argparse

import numpy
import onnxruntime
from serving import serve, threads_text


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1

    def prepare(work: dict):
        if work["kind"] != "inference":
            raise ValueError(f"no {work['kind']} here")
        session = onnxruntime.InferenceSession(work["onnxFile"], options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        images = numpy.random.default_rng(1).standard_normal((work["batch"], 3, 24, 24), dtype=numpy.float32)
        return lambda: session.run(None, {name: images})

    serve(f"onnxruntime {onnxruntime.__version__}, {threads_text(threads)}", prepare)


main()
