#!/usr/bin/env python3
"""The map of rooms in CMakeLists.txt is the truth: no include that isn't drawn, no arrow unused, no cycle."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"


def rooms():
    """{room: [rooms it may include]} in the order drawn, from the room(...) lines."""
    drawn = {}
    for line in (ROOT / "CMakeLists.txt").read_text().splitlines():
        found = re.match(r"room\(([^)]*)\)", line.strip())
        if found:
            words = found.group(1).split()
            stop = next((i for i, word in enumerate(words) if word in ("LIBS", "TORCH")), len(words))
            drawn[words[0]] = words[1:stop]
    return drawn


def includes(room):
    """{room included: [files that do]}"""
    found = {}
    for file in sorted((SRC / room).glob("*.[ch]pp")):
        for name in re.findall(r'^#include "([a-z_]+)/[a-z0-9_]+\.hpp"', file.read_text(), re.M):
            found.setdefault(name, []).append(file.name)
    return found


class Layers(unittest.TestCase):
    def test_every_folder_is_drawn(self):
        folders = {folder.name for folder in SRC.iterdir() if folder.is_dir()}
        self.assertEqual(folders - {"cli"}, set(rooms()))

    def test_arrows_point_to_rooms_drawn_before(self):
        seen = set()
        for room, deps in rooms().items():
            self.assertLessEqual(set(deps), seen, f"{room} uses a room drawn after it")
            seen.add(room)

    def test_every_include_is_an_arrow_and_every_arrow_is_used(self):
        for room, deps in rooms().items():
            found = includes(room)
            found.pop(room, None)
            for other, files in found.items():
                self.assertIn(other, deps, f"{room} includes {other} in {files}, which CMakeLists.txt does not draw")
            for dep in deps:
                self.assertIn(dep, found, f"the arrow {room} -> {dep} in CMakeLists.txt has no include")

    def test_nothing_includes_the_commands(self):
        for room in rooms():
            self.assertNotIn("cli", includes(room))

    def test_rooms_without_torch_never_see_it(self):
        text = (ROOT / "CMakeLists.txt").read_text()
        for room in rooms():
            torch = re.search(rf"room\({room}\b[^)]*\bTORCH", text) is not None
            for file in (SRC / room).glob("*.[ch]pp"):
                seen = re.search(r"#include <(torch|ATen|c10)/", file.read_text())
                self.assertFalse(seen and not torch, f"{file} includes LibTorch")

    def test_evaluation_is_asked_with_spans_not_tensors(self):
        wanted = set()
        for folder in SRC.iterdir():
            for file in folder.glob("*.[ch]pp"):
                if folder.name != "eval":
                    wanted.update(re.findall(r'#include "(eval/[a-z0-9_]+\.hpp)"', file.read_text()))
        self.assertTrue(wanted)
        for name in wanted:
            self.assertNotRegex((SRC / name).read_text(), r"#include <(torch|ATen|c10)/", name)

    def test_no_catch_all_names(self):
        banned = {"utils", "util", "common", "helpers", "misc", "manager", "impl"}
        for path in SRC.rglob("*"):
            self.assertNotIn(path.stem, banned)


if __name__ == "__main__":
    unittest.main()
