"""The two halves of index.sh: makes the tree, and measures the two programs on it in turn."""

import io
import json
import os
import pathlib
import random
import subprocess
import sys
import time

CLASSES = 1000
PEER = """
import json, resource, sys, time
from torchvision.datasets import ImageFolder
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
count = len(ImageFolder(sys.argv[1]))
print(json.dumps({"pictures": count, "call": time.perf_counter() - start, "before": before}))
"""


def make(folder, count):
    """`count` different JPEG files of 16 x 16 pixels: 256 pictures, each with a comment of its own."""
    from PIL import Image

    done = folder / "done"
    if done.exists():
        return
    chance, starts = random.Random(1), []
    for _ in range(256):
        file = io.BytesIO()
        Image.frombytes("RGB", (16, 16), chance.randbytes(768)).save(file, "JPEG")
        starts.append(file.getvalue())
    for k in range(CLASSES):
        inner = folder / "pictures" / f"n{k:08}"
        inner.mkdir(parents=True, exist_ok=True)
        for i in range(k, count, CLASSES):
            text = b"%016d" % i
            jpeg = starts[i % len(starts)]
            comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
            with open(inner / f"n{k:08}_{i:07}.JPEG", "wb", buffering=0) as file:
                file.write(jpeg[:2] + comment + jpeg[2:])
    done.touch()


def emptied():
    if os.environ.get("COLD") != "1":
        return
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")


def run(*command):
    """-> seconds, peak resident MB, what it printed"""
    emptied()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed with status {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1e3 * 1.024, json.loads(out)


def measure(folder, rounds, program):
    tree = folder / "pictures"
    few = folder / "few"
    few.mkdir(exist_ok=True)
    first = next(tree.iterdir())
    for file in sorted(first.iterdir())[:16]:
        (few / file.name).write_bytes(file.read_bytes())
    state = "caches emptied before each" if os.environ.get("COLD") == "1" else "caches as they are"
    print(f"a tree of {CLASSES} folders of different JPEG files of 16 x 16 pixels; {state}")
    seconds, memory, _ = run(program, "data", "inspect", few, "--json")
    print(f"simclr data inspect, 16 files:   {seconds:6.1f} s  {memory:6.0f} MB (what the program and LibTorch take)")
    for _ in range(rounds):
        seconds, memory, out = run(program, "data", "inspect", tree, "--json")
        print(f"simclr data inspect, {out['pictures']:>7} files: {seconds:6.1f} s  {memory:6.0f} MB", flush=True)
        seconds, memory, out = run(sys.executable, "-c", PEER, tree)
        print(f"ImageFolder,         {out['pictures']:>7} files: {seconds:6.1f} s  {memory:6.0f} MB, of which the call "
              f"{out['call']:.1f} s and {memory - out['before'] / 1e3 * 1.024:.0f} MB", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    else:
        measure(pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
