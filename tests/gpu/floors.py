# SPDX-License-Identifier: Apache-2.0
"""What the card can do: its memory, and matrix products of the head's shapes, by cuBLAS."""

import json

import torch

from timing import allow_tf32, microseconds

SHAPES = ((256, 10575, 512), (256, 1000, 2048), (1, 10575, 512), (16, 100, 512))


def main():
    values = torch.empty(1 << 28, device="cuda")
    copy = torch.empty_like(values)
    us = microseconds(lambda: copy.copy_(values), loops=5)
    print(json.dumps({"what": "copy", "FP32": f"{2 * 4 * values.numel() / us / 1000:.0f} GB/s"}), flush=True)
    for n, k, d in SHAPES:
        x, means = torch.randn(n, d, device="cuda"), torch.randn(k, d, device="cuda")
        row = {"what": f"product, us: {n}, {k}, {d}"}
        for name, tf32 in (("FP32", False), ("TF32", True)):
            allow_tf32(tf32)
            row[name] = round(microseconds(lambda: x @ means.T), 1)
        x16, means16 = x.bfloat16(), means.bfloat16()
        row["BF16"] = round(microseconds(lambda: x16 @ means16.T), 1)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
