"""Where each state and each arrow of a machine is in an upright picture, such as on a phone."""

from __future__ import annotations

from ._svg_layout import Layout, Places, Way
from ._table import OF_ADAPTOR, OF_APPLICATION

_OF_ADAPTOR = Places(
    states={
        "idle": (90, 60),
        "running": (244, 180),
        "started": (90, 300),
        "stopped": (90, 560),
        "cleaned": (90, 710),
        "canceled": (390, 340),
        "failed": (390, 490),
    },
    ways={
        ("start", "idle"): Way("M80,83 L80,268", 122, 156),
        ("run", "started"): Way("M104,277 C112,226 140,190 174,182", 104, 214),
        ("finish", "running"): Way("M226,203 C220,246 196,274 162,288", 156, 262),
        ("stop", "started"): Way("M80,323 L80,528", 116, 404),
        ("cleanup", "stopped"): Way("M90,583 L90,678", 132, 640),
        ("cleanup", "idle"): Way("M36,83 C4,220 4,560 36,680", 42, 490),
        ("cancel", "idle"): Way("M152,60 C320,60 404,160 396,308", 330, 112),
        ("cancel", "started"): Way("M152,302 C210,302 270,318 320,332", 236, 298),
        ("cancel", "running"): Way("M306,184 C344,196 362,240 370,309", 398, 236),
        ("fail", "idle"): Way("M152,50 C340,30 464,120 466,260 L466,420 C466,440 456,450 442,460", 414, 104),
        ("fail", "started"): Way("M122,323 C160,420 240,470 320,486", 190, 424),
        ("fail", "running"): Way("M262,203 C268,310 270,420 326,470", 274, 384),
        ("fail", "canceled"): Way("M390,363 L390,459", 390, 416),
        ("stop", "canceled"): Way("M346,363 C290,450 220,520 160,546", 232, 440),
        ("stop", "failed"): Way("M328,498 C270,520 210,550 162,560", 242, 556),
        ("cleanup", "canceled"): Way("M446,363 C470,420 472,480 462,540 C440,660 300,716 162,716", 424, 624),
        ("cleanup", "failed"): Way("M380,513 C360,600 280,670 162,698", 316, 614),
    },
)

# Down the middle it works; lost is to the right, closed to the left.
_OF_APPLICATION = Places(
    states={
        "absent": (240, 76),
        "loading": (240, 206),
        "ready": (240, 340),
        "busy": (240, 474),
        "lost": (402, 340),
        "closed": (78, 340),
    },
    ways={
        ("launch", "absent"): Way("M240,99 L240,174", 274, 144),
        ("launch", "lost"): Way("M408,317 C410,240 380,206 312,200", 430, 236),
        ("launch", "closed"): Way("M72,317 C70,240 100,206 168,200", 50, 236),
        ("ready", "loading"): Way("M240,229 L240,308", 282, 276),
        ("ready", "busy"): Way("M258,451 C268,430 268,400 260,372", 306, 424),
        ("ask", "ready"): Way("M222,363 C212,384 212,414 220,442", 176, 424),
        ("lose", "loading"): Way("M302,216 C346,230 376,268 386,308", 342, 270),
        ("lose", "ready"): Way("M302,340 L331,340", 320, 308),
        ("lose", "busy"): Way("M302,466 C360,450 386,410 394,372", 398, 450),
        ("close", "loading"): Way("M178,216 C134,230 104,268 94,308", 138, 270),
        ("close", "ready"): Way("M178,340 L149,340", 160, 308),
        ("close", "busy"): Way("M178,466 C120,450 94,410 86,372", 82, 450),
        ("close", "lost"): Way("M402,363 C396,580 84,580 78,372", 240, 544),
    },
)

UPRIGHT = Layout(
    480, {OF_ADAPTOR: 762, OF_APPLICATION: 584}, {OF_ADAPTOR: _OF_ADAPTOR, OF_APPLICATION: _OF_APPLICATION}
)
"""The places in a picture that is higher than wide."""
