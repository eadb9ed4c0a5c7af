"""The application: a small renderer that knows nothing about adaptors.

It loads a scene, which takes a while because it computes how much light arrives everywhere ("bakes" the light). Then it
performs the commands on its standard input; a picture takes much less time. Standard library only.

    python application.py scene.json
    render 3 /tmp/frame_0003.png
    quit
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    Vector = Sequence[float]

FRAMES_PER_TURN = 48  # the camera goes around the scene once in so many frames
CAMERA = (0.0, 1.9, 6.0)
PITCH = -0.17  # radians; the camera looks down a little
ROWS, COLUMNS = 24, 48  # texels of the light map of one sphere
GROUND, GROUND_CELLS = 4.0, 48  # the light map of the ground: from -4 to 4 in both directions
AMBIENT, SUNLIGHT = 0.45, 0.75


class LightMap:
    """How much light arrives at each texel of a surface; between them it is interpolated."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.texels: list[float] = []

    def at(self, row: float, column: float) -> float:
        """The light at a place, in texels; columns wrap around, rows do not."""
        row, column = max(0.0, row - 0.5), column - 0.5
        whole_row, whole_column = math.floor(row), math.floor(column)
        upper = min(whole_row, self.rows - 1) * self.columns
        lower = min(whole_row + 1, self.rows - 1) * self.columns
        left, right = whole_column % self.columns, (whole_column + 1) % self.columns
        down, along = row - whole_row, column - whole_column
        above = self.texels[upper + left] * (1 - along) + self.texels[upper + right] * along
        below = self.texels[lower + left] * (1 - along) + self.texels[lower + right] * along
        return above * (1 - down) + below * down


class Sphere(NamedTuple):
    """One sphere, and its light."""

    center: Vector
    radius: float
    color: Vector
    light: LightMap

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Sphere:
        """Read a sphere of the scene file."""
        x, y, z = (float(number) for number in data["center"])
        red, green, blue = (float(number) for number in data["color"])
        return cls((x, y, z), positive(data["radius"]), (red, green, blue), LightMap(ROWS, COLUMNS))

    def light_at(self, normal: Vector) -> float:
        """The light at the place on the surface with this normal."""
        down = math.acos(max(-1.0, min(1.0, normal[1]))) / math.pi
        around = math.atan2(normal[2], normal[0]) / math.tau + 0.5
        return self.light.at(down * ROWS, around * COLUMNS)


class SceneError(Exception):
    """The scene cannot be rendered."""


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def unit(a: Vector) -> Vector:
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


def turned(a: Vector, angle: float) -> Vector:
    """Rotate around the vertical axis."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return (a[0] * cosine - a[2] * sine, a[1], a[0] * sine + a[2] * cosine)


def distance(origin: Vector, direction: Vector, center: Vector, radius: float) -> float:
    """The distance from the start of a ray to a sphere; infinite if the ray misses it."""
    to_center = (center[0] - origin[0], center[1] - origin[1], center[2] - origin[2])
    along = dot(to_center, direction)
    inside = along * along - dot(to_center, to_center) + radius * radius
    if along <= 0 or inside <= 0:
        return math.inf
    return along - math.sqrt(inside)


class Scene:
    """Spheres on a ground, under a sky with a sun."""

    def __init__(self, data: dict[str, Any]) -> None:
        try:
            self.width, self.height = (int(positive(number)) for number in data["size"])
            self.sun = unit([float(number) for number in data["sun"]])
            self.samples = int(data["samples"])
            self.spheres = [Sphere.from_data(item) for item in data["spheres"]]
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise SceneError(f"the scene is not valid: {type(error).__name__}: {error}") from error
        self.ground = LightMap(GROUND_CELLS, GROUND_CELLS)
        self.rays = self._rays()

    def _rays(self) -> list[list[Vector]]:
        """The direction of the ray through each pixel, row by row."""
        rows = []
        for y in range(self.height):
            up = (self.height / 2 - y - 0.5) / self.width
            ahead = (math.cos(PITCH) + up * math.sin(PITCH), math.sin(PITCH) + up * math.cos(PITCH))
            middle = self.width / 2 - 0.5
            rows.append([unit(((x - middle) / self.width, ahead[1], -ahead[0])) for x in range(self.width)])
        return rows

    def bake(self) -> None:
        """Compute how much light arrives at each place."""
        chance = random.Random(1)  # noqa: S311  # the same light in each run
        sky = [unit([chance.gauss(0, 1) for _ in range(3)]) for _ in range(self.samples)]
        for number, sphere in enumerate(self.spheres, 1):
            for row in range(ROWS):
                for column in range(COLUMNS):
                    normal = texel_normal(row, column)
                    point = [c + sphere.radius * n for c, n in zip(sphere.center, normal)]
                    sphere.light.texels.append(self._light(point, normal, sky, sphere))
            say(f"Baking light: {100 * number // (len(self.spheres) + 1)}%")
        for row in range(GROUND_CELLS):
            for column in range(GROUND_CELLS):
                x, z = (((i + 0.5) / GROUND_CELLS * 2 - 1) * GROUND for i in (column, row))
                self.ground.texels.append(self._light((x, 0.0, z), (0.0, 1.0, 0.0), sky, None))

    def _light(self, point: Vector, normal: Vector, sky: list[Vector], own: Sphere | None) -> float:
        others = [(sphere.center, sphere.radius) for sphere in self.spheres if sphere is not own]
        arriving = weights = 0.0
        for anywhere in sky:
            sign = 1.0 if dot(normal, anywhere) > 0 else -1.0  # away from the surface
            direction = (sign * anywhere[0], sign * anywhere[1], sign * anywhere[2])
            weight = dot(normal, direction)
            weights += weight
            if not any(distance(point, direction, center, radius) < math.inf for center, radius in others):
                arriving += weight * (1.0 if direction[1] > 0 else 0.4)  # the ground gives some of the light back
        light = AMBIENT * arriving / weights if weights else AMBIENT
        facing = dot(normal, self.sun)
        if facing > 0 and not any(distance(point, self.sun, center, radius) < math.inf for center, radius in others):
            light += SUNLIGHT * facing
        return light

    def render(self, frame: int) -> bytes:
        """Render one frame and report the progress."""
        angle = math.tau * frame / FRAMES_PER_TURN
        # Not the camera goes around the scene, but the scene turns in front of the camera: so the rays stay the same.
        spheres = [sphere._replace(center=turned(sphere.center, angle)) for sphere in self.spheres]
        pixels = bytearray()
        said = 0
        for y, row in enumerate(self.rays):
            near = [sphere for sphere in spheres if self._crosses(sphere, row)]
            pixels.append(0)  # PNG: this row is not filtered
            for ray in row:
                pixels += self._color(ray, near, angle)
            percent = 100 * (y + 1) // self.height
            if percent >= said + 10 or percent == 100:
                said = percent
                say(f"Frame {frame}: {percent}%")
        return png(self.width, self.height, bytes(pixels))

    def _crosses(self, sphere: Sphere, row: list[Vector]) -> bool:
        """Return whether a row of pixels can show a sphere: whether the plane of its rays cuts it."""
        middle = row[len(row) // 2]
        normal = unit((0.0, -middle[2], middle[1]))
        return abs(dot(normal, [c - o for c, o in zip(sphere.center, CAMERA)])) < sphere.radius

    def _color(self, ray: Vector, spheres: list[Sphere], angle: float) -> bytes:
        found, nearest = None, math.inf
        for sphere in spheres:
            away = distance(CAMERA, ray, sphere.center, sphere.radius)
            if away < nearest:
                found, nearest = sphere, away
        if found is not None:
            normal = [(o + nearest * r - c) / found.radius for o, r, c in zip(CAMERA, ray, found.center)]
            return color(found.color, found.light_at(turned(normal, -angle)))
        if ray[1] >= 0:
            return color((0.55 - ray[1] * 0.4, 0.72 - ray[1] * 0.3, 0.95), 1.0)
        away = -CAMERA[1] / ray[1]
        x, _, z = turned((away * ray[0], 0.0, CAMERA[2] + away * ray[2]), -angle)
        tone = 0.85 if (math.floor(x) + math.floor(z)) % 2 else 0.6
        haze = min(1.0, away / 40)
        level = tone * (1 - haze) * self._ground_light(x, z) + haze
        return color((0.60 * haze + 0.95 * (1 - haze), 0.74 * haze + 0.92 * (1 - haze), 0.88), level)

    def _ground_light(self, x: float, z: float) -> float:
        if max(abs(x), abs(z)) >= GROUND:
            return AMBIENT + SUNLIGHT * self.sun[1]
        row, column = ((value / GROUND + 1) / 2 * GROUND_CELLS for value in (z, x))
        return self.ground.at(row, column)


def positive(number: Any) -> float:
    value = float(number)
    if not 0 < value < math.inf:
        raise ValueError(f"{number} is not a number above 0")
    return value


def texel_normal(row: int, column: int) -> Vector:
    """The normal in the middle of a texel of a sphere."""
    down, around = math.pi * (row + 0.5) / ROWS, math.tau * (column + 0.5) / COLUMNS - math.pi
    return (math.sin(down) * math.cos(around), math.cos(down), math.sin(down) * math.sin(around))


def color(base: Vector, light: float) -> bytes:
    """The three bytes of a pixel."""
    return bytes(min(255, int(255 * (part * light) ** (1 / 1.6))) for part in base)


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG file: rows of RGB pixels, each after a filter byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def say(text: str) -> None:
    print(text, flush=True)


def load(path: str) -> Scene:
    try:
        with open(path, encoding="utf-8") as file:
            scene = Scene(json.load(file))
    except (OSError, ValueError) as error:
        raise SceneError(f"the scene {path} cannot be read: {error}") from error
    scene.bake()
    return scene


def obey(scene: Scene, command: str) -> None:
    word, _, rest = command.partition(" ")
    frame, _, path = rest.partition(" ")
    if word != "render" or not path:
        say(f"Error: unknown command: {command}")
        return
    try:
        picture = scene.render(int(frame))
        with open(path, "wb") as file:
            file.write(picture)
    except (OSError, ValueError) as error:
        say(f"Error: frame {frame} cannot be saved: {error}")
        return
    say(f"Saved: {path}")


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: application.py SCENE", file=sys.stderr)
        return 2
    try:
        scene = load(sys.argv[1])
    except SceneError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    say("Scene loaded")
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        obey(scene, line.rstrip("\n"))
    say("Bye")
    return 0


if __name__ == "__main__":
    sys.exit(main())
