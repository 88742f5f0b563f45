"""Texts of talks and dialogues in five languages, drawn by a seed: sentences that are hard to tell apart.

Full stops that end nothing (titles, initials, abbreviations, ordinals, decimals), quotes in the middle of a sentence,
questions, hesitations and one-word sentences. Each string is one sentence; nothing else says where sentences end.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """What is said in one language, and by whom."""

    code: str
    voices: tuple[str, ...]
    """Names of espeak-ng voices; two of them hold a dialogue."""
    plain: tuple[str, ...]
    """Sentences in which anybody would see the end."""
    hard: tuple[str, ...]
    """Sentences with marks inside that do not end them."""
    short: tuple[str, ...]
    """Whole sentences of few words."""
    fillers: tuple[str, ...]
    """What a speaker says while thinking, as the beginning of a sentence."""
    words: dict[str, tuple[str, ...]]
    """What stands for the names in braces."""


ENGLISH = Language(
    "en",
    ("en-us+f3", "en-us+m3", "en-gb+f2", "en-gb+m7", "en-gb-scotland+m2"),
    (
        "The {thing} was built in {place} by people who had never seen one before.",
        "What would you do if the {thing} broke in the middle of the night?",
        "Most of us forget that every {thing} needs {care}, {care} and a lot of patience.",
        "We spent {number} days looking for a better {thing}, and we found none.",
        "If you ask me, the {adjective} part of the work is {care}.",
        "That is why nobody in {place} believed the story about the {thing}!",
        "I learned it from {name}, who had been doing it for {number} years.",
        "First you take the {thing} apart, then you clean it, and only then you write down what was wrong.",
        "Do you remember the {adjective} {thing} that we saw in {place}?",
        "It was {adjective}, it was {adjective}, and it changed how we think about {care}.",
        "Here is the secret: nobody starts with a {adjective} {thing}.",
    ),
    (
        "Dr. {surname} and Mrs. {surname} opened the {thing} in {place}.",
        "It was J. R. {surname} who brought the first {thing} to the U.S. Army.",
        "The price rose by {decimal} percent, from $3.50 to about 1,250 dollars.",
        "“Why does it stop?” she asked, and pointed at the {thing}.",
        "\"Never again!\" he shouted from the other side of the {thing}.",
        "“Who paid for the {thing}?” {name} asked.",
        "“Look at this {thing}!” {name} {surname} said, and everybody laughed.",
        "On Sept. 12 we met Prof. {surname} at St. {surname} Street in {place}.",
        "We tried many tools, e.g. {place} clay, i.e. the kind that Mr. {surname} sells.",
        "At {hour} p.m. on Monday the {thing} was gone.",
        "Lt. {surname} lived at No. {hour} King Street, approx. two miles from {place}.",
        "Version {decimal} of the {thing} was slower than version {decimal} had been.",
        "Well... it was a {adjective} day in {place}.",
        "Mr. and Mrs. {surname} vs. the city of {place} became a famous case.",
        "Capt. A. {surname} said that the {thing}, etc. were his.",
        "(Nobody in {place} knew about the {thing}.)",
        "The meeting with Gen. {surname} began at {hour} a.m. and ended at noon.",
    ),
    ("Yes.", "No.", "Really?", "Why not?", "Exactly!", "I think so.", "That was it.", "Not at all.", "Of course."),
    ("Um, ", "Well, you know, ", "Uh, ", "I mean, ", "So, um, "),
    {
        "thing": (
            "lighthouse", "engine", "garden", "printing press", "bridge", "telescope", "violin", "harbour", "oven",
            "water wheel", "library", "satellite",
        ),
        "place": ("Lisbon", "Boston", "the old town", "Cairo", "Oslo", "the valley", "New York", "Dublin"),
        "care": ("sleep", "money", "planning", "good light", "clean water", "practice", "silence", "luck"),
        "adjective": ("quiet", "strange", "expensive", "beautiful", "heavy", "simple", "dangerous", "forgotten"),
        "name": ("Anna", "Robert", "Maria", "Peter", "Susan", "David"),
        "surname": ("Miller", "Jones", "Baker", "Watson", "Hughes", "Carter"),
        "number": ("three", "21", "forty", "150", "ten", "seven"),
        "decimal": ("3.5", "2.0", "7.25", "1.8"),
        "hour": ("5", "7", "9", "11"),
    },
)

GERMAN = Language(
    "de",
    ("de+f2", "de+m3", "de+m1"),
    (
        "Das {thing} wurde in {place} gebaut, und niemand hatte so etwas je gesehen.",
        "Was würden Sie tun, wenn das {thing} mitten in der Nacht kaputtginge?",
        "Wir haben {number} Tage lang gesucht und nichts gefunden.",
        "Das ist der Grund, warum in {place} keiner die Geschichte glaubte!",
        "Zuerst nimmt man das {thing} auseinander, dann macht man es sauber, und erst dann schreibt man alles auf.",
        "Es war still, es war teuer, und es hat unser Denken über {care} verändert.",
    ),
    (
        "Dr. {surname} und Frau {surname} haben das {thing} in {place} eröffnet.",
        "Am 3. Oktober fuhren wir mit Prof. {surname} nach {place}.",
        "Im 19. Jahrhundert gab es in {place} kein {thing}.",
        "Wir brauchten vieles, z. B. {care} und ein neues {thing}.",
        "„Warum steht das {thing} still?“ fragte sie leise.",
        "Der Preis stieg um 3,5 Prozent auf ca. 1.250 Euro.",
        "Das gilt bzw. galt für jedes {thing}, d. h. auch für unseres.",
    ),
    ("Ja.", "Nein.", "Wirklich?", "Genau!", "Das war alles.", "Warum nicht?"),
    ("Ähm, ", "Also, ähm, ", "Naja, "),
    {
        "thing": ("Schiff", "Museum", "Haus am Hafen", "Uhrwerk", "Theater", "Fenster"),
        "place": ("Hamburg", "Leipzig", "der Altstadt", "Wien", "Köln"),
        "care": ("Schlaf", "Geld", "Ruhe", "gutes Licht"),
        "surname": ("Weber", "Fischer", "Schneider", "Wagner"),
        "number": ("drei", "21", "vierzig"),
    },
)

FRENCH = Language(
    "fr",
    ("fr-fr+f2", "fr-fr+m3", "fr-be+m1"),
    (
        "Le {thing} a été construit à {place} par des gens qui n'en avaient jamais vu.",
        "Que feriez-vous si le {thing} tombait en panne au milieu de la nuit\u00a0?",
        "Nous avons cherché pendant {number} jours, et nous n'avons rien trouvé.",
        "Voilà pourquoi personne à {place} n'a cru cette histoire\u00a0!",
        "D'abord on démonte le {thing}, ensuite on le nettoie, et puis on note ce qui n'allait pas.",
        "C'était calme, c'était cher, et cela a changé notre idée de {care}.",
    ),
    (
        "M. {surname} et Mme {surname} ont ouvert le {thing} à {place}.",
        "«\u00a0Pourquoi le {thing} s'arrête-t-il\u00a0?\u00a0» demanda-t-elle tout bas.",
        "«\u00a0Plus jamais\u00a0!\u00a0» a crié le gardien du {thing}.",
        "Le Dr. {surname} est venu à {place} avec J. {surname} le 3 mai.",
        "Le prix a monté de 3,5 pour cent, soit env. 1 250 euros.",
    ),
    ("Oui.", "Non.", "Vraiment\u00a0?", "Exactement\u00a0!", "C'est tout.", "Pourquoi pas\u00a0?"),
    ("Euh, ", "Ben, euh, ", "Alors, "),
    {
        "thing": ("phare", "moteur", "jardin", "pont", "théâtre", "vieux moulin"),
        "place": ("Lyon", "Marseille", "Genève", "Bruxelles"),
        "care": ("la lumière", "la patience", "la musique", "la mer"),
        "surname": ("Dupont", "Moreau", "Lambert", "Girard"),
        "number": ("trois", "vingt et un", "quarante"),
    },
)

SPANISH = Language(
    "es",
    ("es+f2", "es+m3", "es-419+m1"),
    (
        "El {thing} fue construido en {place} por gente que nunca había visto uno.",
        "¿Qué harías si el {thing} se rompiera en medio de la noche?",
        "Pasamos {number} días buscando, y no encontramos nada.",
        "¡Por eso nadie en {place} creyó la historia!",
        "Primero se desmonta el {thing}, luego se limpia, y al final se escribe lo que estaba mal.",
        "Era tranquilo, era caro, y cambió nuestra idea de {care}.",
    ),
    (
        "El Sr. {surname} y la Sra. {surname} abrieron el {thing} en {place}.",
        "«¿Por qué se para el {thing}?» preguntó ella en voz baja.",
        "La Dra. {surname} llegó de EE. UU. con J. {surname} en mayo.",
        "El precio subió un 3,5 por ciento, hasta unos 1.250 euros.",
        "Según Ud. el {thing} de {place} no vale nada.",
    ),
    ("Sí.", "No.", "¿De verdad?", "¡Exacto!", "Eso fue todo.", "¿Por qué no?"),
    ("Eh, ", "Bueno, eh, ", "Pues, "),
    {
        "thing": ("faro", "motor", "jardín", "puente", "teatro", "molino"),
        "place": ("Sevilla", "Bogotá", "Valencia", "Lima"),
        "care": ("la luz", "la paciencia", "la música", "el mar"),
        "surname": ("García", "Romero", "Castro", "Molina"),
        "number": ("tres", "veintiún", "cuarenta"),
    },
)

ITALIAN = Language(
    "it",
    ("it+f2", "it+m3"),
    (
        "Il {thing} fu costruito a {place} da gente che non ne aveva mai visto uno.",
        "Che cosa faresti se il {thing} si rompesse nel mezzo della notte?",
        "Abbiamo cercato per {number} giorni, e non abbiamo trovato niente.",
        "Ecco perché nessuno a {place} ha creduto a questa storia!",
        "Prima si smonta il {thing}, poi si pulisce, e alla fine si scrive che cosa non andava.",
    ),
    (
        "Il dott. {surname} e la sig. {surname} hanno aperto il {thing} a {place}.",
        "«Perché si ferma il {thing}?» chiese lei a bassa voce.",
        "Il Prof. {surname} venne a {place} con G. {surname} in maggio.",
        "Il prezzo è salito del 3,5 per cento, fino a circa 1.250 euro.",
    ),
    ("Sì.", "No.", "Davvero?", "Esatto!", "Tutto qui.", "Perché no?"),
    ("Ehm, ", "Allora, ", "Cioè, "),
    {
        "thing": ("faro", "motore", "giardino", "ponte", "teatro", "mulino"),
        "place": ("Torino", "Napoli", "Genova", "Siena"),
        "surname": ("Rossi", "Bianchi", "Ferrari", "Conti"),
        "number": ("tre", "ventuno", "quaranta"),
    },
)

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN)
# English is what most are asked for, and the hardest here.
SHARES = (6, 1, 1, 1, 1)


def language(rng: random.Random) -> Language:
    """The language of one talk."""
    return rng.choices(LANGUAGES, SHARES)[0]


def sentence(spoken: Language, rng: random.Random) -> str:
    """One sentence of the language."""
    kind = rng.choices((spoken.plain, spoken.hard, spoken.short), (5, 4, 2))[0]
    text = rng.choice(kind)
    for name, choices in spoken.words.items():
        while f"{{{name}}}" in text:
            text = text.replace(f"{{{name}}}", rng.choice(choices), 1)
    if kind is spoken.plain and rng.random() < 0.25:
        return rng.choice(spoken.fillers) + lowered(text)
    return text


def lowered(text: str) -> str:
    """A sentence as it goes on after a filler; names and the English I stay as they are."""
    first = text.split()[0]
    return text if first in ("I", "I'm") or not first[0].isupper() else text[0].lower() + text[1:]
