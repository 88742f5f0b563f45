#!/usr/bin/env python3
"""Topics by NLTK's TextTiling and by Utiyama and Isahara; runs in the environment of the peers, JSON in, JSON out.

In: a list of documents, each a list of sentences. Out: {name: [lengths of the topics of each document]}.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter

from nltk.stem.snowball import SnowballStemmer
from nltk.tokenize.texttiling import TextTilingTokenizer

STOP = frozenset(
    "i me my we our ours us you your yours he him his she her hers it its they them their theirs what which who whom "
    "whose this that these those am is are was were be been being have has had having do does did doing a an the and "
    "but if or because as until while of at by for with about against between into through during before after above "
    "below to from up down in out on off over under again further then once here there when where why how all any "
    "both each few more most other some such no nor not only own same so than too very s t can will just don should "
    "now would could may might must shall one also upon even much many n't 's".split()
)
BREAK = "\n\n"


def tiles(sentences: list[str]) -> list[int]:
    """TextTiling with its own defaults, each sentence a paragraph; a text it cannot take is one topic."""
    try:
        found = TextTilingTokenizer(stopwords=STOP).tokenize(BREAK.join(sentences))
    except ValueError:
        return [len(sentences)]
    lengths = [sum(1 for piece in tile.split(BREAK) if piece.strip()) for tile in found]
    return [length for length in lengths if length]


def words(sentence: str, stemmer: SnowballStemmer) -> list[str]:
    """Stems of all words that are no stop words."""
    bare = (token.strip("`'\".,;:!?()[]-").lower() for token in sentence.split())
    return [stemmer.stem(word) for word in bare if word and word not in STOP]


def utiyama_isahara(sentences: list[str]) -> list[int]:
    """The most likely division: words with Laplace's rule, ln(number of words) for each topic (equations 7 to 9)."""
    stemmer = SnowballStemmer("english")
    said = [words(sentence, stemmer) for sentence in sentences]
    every = [word for sentence in said for word in sentence]
    kinds, price = len(set(every)), math.log(max(len(every), 1))
    best = [0.0] + [math.inf] * len(said)
    begins = [0] * (len(said) + 1)
    for first in range(len(said)):
        met: Counter[str] = Counter()
        number, repeated = 0, 0.0
        for last in range(first, len(said)):
            for word in said[last]:
                # Keeps the sum of n ln(n + 1) over words up to date.
                n = met[word]
                repeated += (n + 1) * math.log(n + 2) - n * math.log(n + 1)
                met[word] += 1
                number += 1
            cost = best[first] + number * math.log(number + kinds) - repeated + price if kinds else best[first] + price
            if cost < best[last + 1]:
                best[last + 1], begins[last + 1] = cost, first
    lengths = []
    end = len(said)
    while end:
        lengths.append(end - begins[end])
        end = begins[end]
    return lengths[::-1]


def main() -> None:
    """Divide every document in both ways."""
    documents = json.load(sys.stdin)
    ways = {"NLTK's TextTiling": tiles, "Utiyama and Isahara, plain": utiyama_isahara}
    json.dump({name: [way(document) for document in documents] for name, way in ways.items()}, sys.stdout)


if __name__ == "__main__":
    main()
