"""Writes cv2-linear.json: what OpenCV's resize makes of small images, with its default INTER_LINEAR.

The images come from a formula that resize.test.ts repeats, so that the file holds results only.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

SIZES = [  # input H, W; output H, W
    ([16, 24], [4, 6]),  # the thesis's factor of four
    ([16, 16], [8, 8]),  # exactly two
    ([13, 17], [5, 7]),  # nothing even
    ([7, 5], [13, 11]),  # larger
    ([9, 20], [12, 6]),  # higher and narrower
    ([1, 9], [3, 4]),  # one row
    ([9, 1], [4, 3]),  # one column
    ([33, 31], [32, 30]),  # nearly the same
]


def image(height, width):
    i = np.arange(height * width, dtype=np.int64)
    return (i * i * 31 + i * 17 + 5).reshape(height, width) // 3 % 256


def resized(a, b):
    return cv2.resize(image(*a).astype(np.uint8), (b[1], b[0]))


cases = [{"input": a, "output": b, "pixels": resized(a, b).ravel().tolist()} for a, b in SIZES]
# Weights that lie halfway between two multiples of 1/2048 need an output of a multiple of 2048 pixels.
wide = {"input": [1, 9], "output": [1, 2048]}
wide["sha256"] = hashlib.sha256(resized(*wide.values()).tobytes()).hexdigest()
target = Path(__file__).with_name("cv2-linear.json")
target.write_text(json.dumps({"opencv": cv2.__version__, "cases": cases, "wide": wide}) + "\n")
