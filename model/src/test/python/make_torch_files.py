"""Writes the PyTorch files among the test resources (src/test/resources/torch).

They are small state dicts, saved by torch.save in every format and form that deit4j reads, and their
values in expected.safetensors. Run it again only to change them:

    python make_torch_files.py
"""

import argparse
import collections
import json
import pathlib
import struct

import torch

OUT = pathlib.Path(__file__).resolve().parents[1] / "resources" / "torch"


def values():
    """One tensor of each floating-point type and layout."""
    torch.manual_seed(1)
    matrix = torch.randn(4, 6)
    shared = torch.randn(24)
    return collections.OrderedDict(
        [
            ("scalar", torch.tensor(3.25)),
            ("vector", torch.randn(5)),
            ("transposed", matrix.t()),
            ("every_second_column", matrix[:, ::2]),
            ("first_half", shared[:12].view(3, 4)),
            ("second_half", shared[12:]),
            ("channels_last", torch.randn(1, 3, 2, 2).to(memory_format=torch.channels_last)),
            ("empty", torch.empty(0, 4)),
            ("double", torch.randn(3, dtype=torch.float64)),
            ("half", torch.randn(3).half()),
            ("bfloat16", torch.randn(3).bfloat16()),
        ]
    )


def training_checkpoint(state):
    """What the reference training loop saves."""
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model(torch.randn(1, 3)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    return {
        "model": state,
        "optimizer": optimizer.state_dict(),
        "lr_scheduler": scheduler.state_dict(),
        "epoch": 3,
        "args": argparse.Namespace(lr=1e-3, output_dir=pathlib.PurePosixPath("runs/x"), seed=None),
    }


def write_expected(state):
    """Writes the values as float32 in a safetensors file."""
    header, data = {}, b""
    for name, tensor in state.items():
        raw = tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    (OUT / "expected.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    state = values()
    write_expected(state)
    parameters = collections.OrderedDict(
        (name, torch.nn.Parameter(tensor)) for name, tensor in state.items()
    )
    files = {
        "plain": state,
        "wrapped": {"state_dict": {"module." + name: tensor for name, tensor in state.items()}},
        "compiled": {"model": {"module._orig_mod." + k: tensor for k, tensor in state.items()}},
        "parameters": parameters,
        "checkpoint": training_checkpoint(state),
    }
    for name, content in files.items():
        torch.save(content, OUT / f"{name}-zip.pth")
        torch.save(content, OUT / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(state, OUT / "protocol4-zip.pth", pickle_protocol=4)
    torch.save(
        state,
        OUT / "protocol4-legacy.pth",
        pickle_protocol=4,
        _use_new_zipfile_serialization=False,
    )
    print("written with PyTorch", torch.__version__, "to", OUT)


if __name__ == "__main__":
    main()
