"""Prints what TensorBoard's own reader finds in a folder of event files, as JSON."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
print(
    json.dumps(
        {
            "scalars": {tag: [[each.step, each.value] for each in events.Scalars(tag)] for tag in tags["scalars"]},
            "histograms": {
                tag: [
                    {
                        "step": each.step,
                        "limits": list(each.histogram_value.bucket_limit),
                        "counts": list(each.histogram_value.bucket),
                        "min": each.histogram_value.min,
                        "max": each.histogram_value.max,
                        "num": each.histogram_value.num,
                    }
                    for each in events.Histograms(tag)
                ]
                for tag in tags["histograms"]
            },
        }
    )
)
