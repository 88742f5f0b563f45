"""What is said and shown: the story of the Eddystone lighthouses, told by two voices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """One espeak-ng voice: a name for the truth file and what espeak-ng calls it."""

    name: str
    variant: str
    speed: int
    pitch: int


HOST = Voice("host", "en-gb", 184, 42)
GUEST = Voice("guest", "en-us+f3", 192, 58)

Line = tuple[Voice, str]


@dataclass(frozen=True)
class Shot:
    """One picture and what is said over it."""

    look: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Part:
    """One topic: its title on the screen, its colours and its shots."""

    kicker: str
    title: tuple[str, ...]
    sky: tuple[str, str]
    accent: str
    shots: tuple[Shot, ...]


def shot(look: str, *lines: Line) -> Shot:
    """A picture and what is said over it."""
    return Shot(look, lines)


def host(text: str) -> Line:
    """What the host says."""
    return HOST, text


def guest(text: str) -> Line:
    """What the guest says."""
    return GUEST, text


REEF = Part(
    "EDDYSTONE",
    ("FOUR", "TOWERS"),
    ("#12294f", "#3d7ea6"),
    "#ffd166",
    (
        shot(
            "host",
            host("What would you build on a rock that disappears under the sea twice a day?"),
            host("Fourteen miles off Plymouth lies the Eddystone reef, which was said to take fifty ships a year."),
        ),
        shot("tower", host("Four lighthouses have stood there, and each one learned from the mistake of the last.")),
    ),
)

SHOWMAN = Part(
    "1698",
    ("THE", "SHOWMAN"),
    ("#4a1942", "#c8553d"),
    "#ffe8a3",
    (
        shot("guest", guest("Who was mad enough to build the first one?")),
        shot(
            "host",
            host("A painter and inventor called Henry Winstanley, who had lost two ships on that reef."),
            host("His tower was made of wood, covered in ornaments, and held down by twelve iron bars."),
            host("People said it would fall, so he wished to be inside it during the greatest storm there ever was."),
        ),
    ),
)

STORM = Part(
    "1703",
    ("THE", "STORM"),
    ("#10151f", "#45556b"),
    "#9fd8ff",
    (
        shot(
            "storm",
            host("In November seventeen oh three, he got his wish."),
            host("The worst storm in English history came up the Channel, and he was out on the rock, making repairs."),
            host("In the morning there was nothing left but a few bent pieces of iron."),
        ),
        shot("guest", guest("Nothing at all?"), host("Not one plank.")),
    ),
)

FIRE = Part(
    "1755",
    ("THE", "FIRE"),
    ("#2b0f12", "#b23a1e"),
    "#ffb627",
    (
        shot(
            "fire",
            host("The second tower was smooth oak, and it lasted forty-six years."),
            host(
                "Then its lantern caught fire, and the keeper, who was ninety-four, "
                "threw water at it until the roof came down."
            ),
        ),
    ),
)

OAK = Part(
    "1759",
    ("THE OAK", "TREE"),
    ("#0f3d3e", "#7fb069"),
    "#fff3b0",
    (
        shot(
            "host",
            host("The third builder, John Smeaton, asked a better question: what already survives a storm?"),
            host("His answer was an oak tree, wide at the foot, narrow at the waist, and heavy where it matters."),
        ),
        shot(
            "tower",
            host("He cut granite into dovetails, so that every stone held its neighbours like a jigsaw puzzle."),
            host("It held for 123 years."),
        ),
    ),
)

LENS = Part(
    "1823",
    ("THE", "LENS"),
    ("#0b1437", "#2a4d9b"),
    "#b8f2ff",
    (
        shot(
            "guest",
            guest("But how far can anyone see a candle?"),
            host("With twenty-four candles, perhaps five miles, on a good night."),
        ),
        shot(
            "lens",
            host(
                "Then Augustin Fresnel stacked rings of glass around one lamp, "
                "and it was seen from more than twenty miles away."
            ),
        ),
    ),
)

LIGHT = Part(
    "TODAY",
    ("COUNT", "THE LIGHT"),
    ("#050a1c", "#203864"),
    "#fff7cc",
    (
        shot(
            "rhythm",
            guest("And how do you know which light you are looking at?"),
            host("You count: two flashes every ten seconds is Eddystone, and nothing else on that coast."),
            host("A lighthouse is a clock that tells you where you are."),
        ),
    ),
)

LESSON = Part(
    "THE LESSON",
    ("BUILD LIKE", "THE STORM"),
    ("#3a1c71", "#e27d60"),
    "#ffe5b4",
    (
        shot(
            "host",
            host("Smeaton's tower never failed; the rock beneath it did, so a fourth one took over."),
            host("But his stump is still out there, and no wave has ever moved it."),
            host("Build the way the storm would build, and the storm will leave you alone."),
        ),
    ),
)

TALK = (REEF, SHOWMAN, STORM, FIRE, OAK, LENS, LIGHT, LESSON)


def told(number: int) -> Part:
    """The part told as the `number`-th when the talk starts again after its end."""
    return TALK[number % len(TALK)]
