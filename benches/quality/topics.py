#!/usr/bin/env python3
"""How well topics are found: `opusclip topics` and others on documents whose topics are known.

--data is a folder of files as in Choi's benchmark (2000, "Advances in domain independent linear text segmentation"):
one sentence a line, topics between lines of `=`. Beside opusclip stand NLTK's TextTiling, equal pieces, and the plain
dynamic program of Utiyama and Isahara (2001) with stems and stop words. Only the equal pieces are told how many topics
there are. Pk and WindowDiff are segeval's, with its own window of half the mean length of a document's topics; the
figures are means over documents, lower is better.

As the lengths of topics in one benchmark are much alike, three more sets are made of its topics, cut to 3 to 5, 6 to 8
and 9 to 11 sentences and drawn with --seed. The last line is about the documents as they are.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]
import common
from common import BenchError
from installed import NLTK, NUMPY, SEGEVAL, peer_python

DATA = common.ROOT.parent / "shared" / "samples" / "text" / "choi"
LENGTHS = ((3, 5), (6, 8), (9, 11))
TOPICS = 10
"""Topics of a document that is made here, as in the benchmark."""
OURS = "opusclip"

Topic = list[str]


@dataclass(frozen=True)
class Document:
    """Sentences, and how many of them each topic has."""

    sentences: list[str]
    lengths: list[int]


def joined(topics: list[Topic]) -> Document:
    """One document of these topics."""
    return Document([sentence for topic in topics for sentence in topic], [len(topic) for topic in topics])


def read(file: Path) -> list[Topic]:
    """The topics of one file; it may be UTF-8 or Latin-1."""
    data = file.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    parts = re.split(r"^=+[ \t\r]*$", text, flags=re.MULTILINE)
    topics = [[line.strip() for line in part.splitlines() if line.strip()] for part in parts]
    return [topic for topic in topics if topic]


def documents(folder: Path) -> list[list[Topic]]:
    """All documents of a folder that have more than one topic."""
    if not folder.is_dir():
        raise BenchError(f"there is no folder {folder}: name one with DATA=")
    files = sorted(folder.rglob("*.ref"), key=lambda file: (len(file.name), file.name))
    found = [topics for topics in map(read, files) if len(topics) > 1]
    if not found:
        raise BenchError(f"{folder} holds no documents (*.ref)")
    return found


def recombined(found: list[list[Topic]], least: int, most: int, number: int, seed: int) -> list[Document]:
    """Documents of topics of the same texts, cut to other lengths; no two topics of one begin alike."""
    rng = random.Random(f"{seed} {least}")
    pool = [topic for topics in found for topic in topics if len(topic) >= most]
    if len({topic[0] for topic in pool}) < TOPICS:
        return []
    made = []
    for _ in range(number):
        topics: dict[str, Topic] = {}
        while len(topics) < TOPICS:
            topic = rng.choice(pool)
            topics.setdefault(topic[0], topic[: rng.randint(least, most)])
        made.append(joined(list(topics.values())))
    return made


def ours(made: list[Document]) -> list[list[int]]:
    """Lengths of topics as `opusclip topics` finds them, all documents in one call."""
    with tempfile.TemporaryDirectory(prefix="quality-topics-") as folder:
        files = [Path(folder) / f"{number}.txt" for number in range(len(made))]
        for file, document in zip(files, made, strict=True):
            file.write_text("\n".join(document.sentences) + "\n", encoding="utf-8")
        said = json.loads(common.run([common.OPUSCLIP, "topics", *files, "--json"]))
    return [[topic["last_sentence"] - topic["first_sentence"] + 1 for topic in one["topics"]] for one in said]


def equal(document: Document) -> list[int]:
    """As many equal pieces as there are topics."""
    borders = [round(len(document.sentences) * k / len(document.lengths)) for k in range(len(document.lengths) + 1)]
    return [end - start for start, end in zip(borders, borders[1:], strict=False)]


def asked(python: Path, script: str, question: object) -> object:
    """What a script answers in the environment of the peers, in JSON."""
    done = subprocess.run(
        [python, HERE / script], input=json.dumps(question), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BenchError(f"{script} failed: " + " | ".join(done.stderr.strip().splitlines()[-3:]))
    return json.loads(done.stdout)


def measured(name: str, made: list[Document], python: Path, peers: bool) -> dict[str, tuple[float, float]]:
    """Print Pk and WindowDiff of everybody on one set of documents."""
    answers = {OURS: ours(made), "equal pieces (told how many)": [equal(document) for document in made]}
    if peers:
        answers |= asked(python, "divide.py", [document.sentences for document in made])
    question = {"truth": [document.lengths for document in made], "answers": answers}
    figures = {who: (figure[0], figure[1]) for who, figure in asked(python, "agreement.py", question).items()}
    print(f"\n{name}: {len(made)} documents, {sum(len(document.sentences) for document in made)} sentences")
    print(f"  {'':32}{'Pk':>8}{'WindowDiff':>12}{'topics, of true':>17}")
    true = sum(len(document.lengths) for document in made)
    for who, (pk, windowdiff) in sorted(figures.items(), key=lambda item: -item[1][0]):
        print(f"  {who:32}{pk:8.4f}{windowdiff:12.4f}{sum(map(len, answers[who])) / true:17.2f}")
    return figures


def bench(options: argparse.Namespace) -> None:
    """Read or make documents, ask everybody, print."""
    common.need_program(common.OPUSCLIP)
    pythons = [peer_python(package) for package in (SEGEVAL, NUMPY, NLTK)]
    python = pythons[0]
    if python is None:
        raise BenchError("without segeval nothing can be counted")
    peers = None not in pythons
    found = documents(options.data)
    for least, most in LENGTHS:
        made = recombined(found, least, most, options.recombined, options.seed)
        if made:
            measured(f"topics of {least} to {most} sentences, seed {options.seed}", made, python, peers)
    pk, windowdiff = measured(f"{options.data}", [joined(topics) for topics in found], python, peers)[OURS]
    print()
    common.closing(pk=pk, windowdiff=windowdiff)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="Measure how well topics are found, on documents with known topics.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of documents (default: the samples)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other documents (default 1)")
    parser.add_argument("--recombined", type=int, default=50, help="documents made of each other length (default 50)")
    options = parser.parse_args()
    if options.recombined < 0:
        parser.error("--recombined must not be negative")
    return options


def main() -> int:
    """Read the options and run the bench."""
    options = parsed()
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
