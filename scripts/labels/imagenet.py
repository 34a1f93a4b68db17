"""The classes of ImageNet's challenge (ILSVRC 2012): configs/labels/imagenet.txt.

Run `python3 scripts/labels/imagenet.py` where Debian's python3-torchvision and wordnet-base are installed.

Names are torchvision's, in the order of the classes of every network that was trained on the challenge. ImageNet calls its
folders by WordNet 3.0's ids, `n` and the place of a synset in WordNet's data.noun, and counts its classes in their order. So the
ids can be found: of the synsets that have a name among their words the one that rises from name to name. Where several do,
the first one is meant, or the one that CHOSEN says.
"""

import ast
from pathlib import Path

NAMES = Path("/usr/lib/python3/dist-packages/torchvision/models/_meta.py")
NOUNS = Path("/usr/share/wordnet/data.noun")
OUT = Path(__file__).resolve().parents[2] / "configs" / "labels" / "imagenet.txt"
HEAD = """\
# The 1,000 classes of ImageNet's challenge (ILSVRC 2012) in the order of their numbers, from 0 on: WordNet's id, and a name.
# Names are torchvision's, ids those of WordNet 3.0; LICENSE.txt beside this file has their licences.
"""

# Names that torchvision has made to tell classes apart, by WordNet's words.
WORDS = {"crane bird": "crane", "maillot tank suit": "tank suit"}
# Which of the synsets that may be meant, from 0 on, where it is not the first.
CHOSEN = {
    **dict.fromkeys(
        ["kit fox", "tabby", "ox", "amphibian", "beaker", "bib", "binder", "bow", "brass", "cloak", "clog", "envelope", "file"]
        + ["grille", "half track", "hook", "jersey", "monitor", "mortar", "pier", "pinwheel", "printer", "rotisserie"]
        + ["scale", "slot", "snorkel", "spatula", "spider web", "spindle", "switch", "tank", "yawl", "volcano", "groom"]
        + ["buckeye"],
        1,
    ),
    **dict.fromkeys(["fountain", "library", "pick", "planetarium", "pot", "corn"], 2),
    **dict.fromkeys(["cannon", "screen"], 3),
}


def plain(words):
    return words.lower().replace("_", " ").replace("-", " ")


def synsets():
    """The places of synsets by each of their words."""
    found = {}
    for line in NOUNS.read_text().splitlines():
        if line.startswith(" "):
            continue
        fields = line.split(" ")
        for i in range(int(fields[3], 16)):
            found.setdefault(plain(fields[4 + 2 * i]), set()).add(int(fields[0]))
    return {word: sorted(places) for word, places in found.items()}


def torchvision_names():
    for node in ast.parse(NAMES.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "_IMAGENET_CATEGORIES":
            return ast.literal_eval(node.value)
    raise SystemExit(f"{NAMES} has no _IMAGENET_CATEGORIES")


def risen(candidates):
    """Of each list those that stand in some chain which rises from list to list."""
    lowest, highest, least, most = [], [], 0, 10**8
    for places in candidates:
        lowest.append(least)
        least = min(place for place in places if place > least)
    for places in reversed(candidates):
        highest.append(most)
        most = max(place for place in places if place < most)
    highest.reverse()
    return [[p for p in places if low < p < high] for places, low, high in zip(candidates, lowest, highest)]


def main():
    names, places = torchvision_names(), synsets()
    meant = risen([places[plain(WORDS.get(name, name))] for name in names])
    ids = [found[CHOSEN.get(name, 0)] for name, found in zip(names, meant)]
    assert len(ids) == 1000 and ids == sorted(set(ids))
    OUT.write_text(HEAD + "".join(f"n{place:08} {name}\n" for place, name in zip(ids, names)))


if __name__ == "__main__":
    main()
