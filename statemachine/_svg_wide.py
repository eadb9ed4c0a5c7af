"""Where each state and each arrow of a machine is in a wide picture, such as in a document."""

from __future__ import annotations

from ._svg_layout import Layout, Places, Way
from ._table import OF_ADAPTOR, OF_APPLICATION

_OF_ADAPTOR = Places(
    states={
        "idle": (90, 230),
        "running": (330, 110),
        "started": (330, 230),
        "stopped": (650, 230),
        "cleaned": (870, 230),
        "canceled": (470, 370),
        "failed": (470, 490),
    },
    ways={
        ("start", "idle"): Way("M152,230 L264,230", 208, 222),
        ("run", "started"): Way("M310,207 C296,184 296,160 308,137", 262, 182),
        ("finish", "running"): Way("M352,133 C366,156 366,180 354,203", 416, 182),
        ("stop", "started"): Way("M392,230 L584,230", 438, 222),
        ("cleanup", "stopped"): Way("M712,230 L804,230", 758, 222),
        ("cleanup", "idle"): Way("M90,207 C100,-10 860,-10 870,203", 480, 36),
        ("cancel", "idle"): Way("M100,253 C120,350 240,366 404,368", 172, 340),
        ("cancel", "started"): Way("M346,253 C358,306 380,336 406,350", 352, 318),
        ("cancel", "running"): Way("M392,104 C490,110 510,220 485,343", 464, 296),
        ("fail", "idle"): Way("M80,253 C80,470 240,492 404,492", 150, 478),
        ("fail", "started"): Way("M316,253 C306,400 340,460 404,480", 306, 420),
        ("fail", "running"): Way("M392,94 C570,96 620,400 524,466", 551, 196),
        ("fail", "canceled"): Way("M470,393 L470,463", 492, 432),
        ("stop", "canceled"): Way("M532,362 C590,350 630,310 640,257", 572, 314),
        ("stop", "failed"): Way("M532,482 C620,460 654,360 656,257", 650, 420),
        ("cleanup", "canceled"): Way("M532,376 C700,384 832,350 860,257", 726, 372),
        ("cleanup", "failed"): Way("M532,496 C720,500 872,400 876,257", 770, 478),
    },
)

# Asked to end goes up, lost goes down, and both ways back lead to the left.
_OF_APPLICATION = Places(
    states={
        "absent": (102, 170),
        "loading": (318, 170),
        "ready": (560, 170),
        "busy": (802, 170),
        "lost": (560, 282),
        "closed": (560, 62),
    },
    ways={
        ("launch", "absent"): Way("M164,170 L252,170", 208, 162),
        ("launch", "lost"): Way("M498,290 C400,300 320,280 304,197", 270, 262),
        ("launch", "closed"): Way("M498,54 C400,44 320,64 304,143", 270, 90),
        ("ready", "loading"): Way("M380,170 L494,170", 437, 162),
        ("ready", "busy"): Way("M740,178 C710,190 670,190 627,179", 681, 220),
        ("ask", "ready"): Way("M622,162 C650,150 690,150 735,161", 681, 142),
        ("lose", "loading"): Way("M336,193 C360,240 420,268 493,275", 446, 246),
        ("lose", "ready"): Way("M560,193 L560,254", 560, 228),
        ("lose", "busy"): Way("M784,193 C760,240 700,268 627,275", 758, 264),
        ("close", "loading"): Way("M336,147 C360,104 420,76 493,69", 440, 108),
        ("close", "ready"): Way("M560,147 L560,90", 560, 122),
        ("close", "busy"): Way("M784,147 C760,104 700,76 627,69", 758, 100),
        ("close", "lost"): Way("M622,290 C980,310 980,34 628,54", 900, 254),
    },
)

WIDE = Layout(960, {OF_ADAPTOR: 540, OF_APPLICATION: 340}, {OF_ADAPTOR: _OF_ADAPTOR, OF_APPLICATION: _OF_APPLICATION})
"""The places in a picture that is wider than high."""
