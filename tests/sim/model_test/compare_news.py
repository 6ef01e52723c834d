"""Whether a server's news are lawful and whole: a client that believes every untagged answer.

It holds each message's UID and flags as it was told them. EXISTS does not shrink, EXPUNGE does not come where message numbers
are in use (RFC 3501 section 7.4.1), and after a NOOP what it holds is what FETCH tells.
"""

FORBIDDEN = ("FETCH", "STORE", "SEARCH")  # those without UID


class Unlawful(Exception):
    pass


class Believer:
    def __init__(self):
        self.messages: list[dict] = []  # of the mailbox that is selected
        self.selected = False

    def hear(self, command: str, answers: list) -> None:
        verb = command.split()[0].upper()
        if verb in ("SELECT", "EXAMINE", "CLOSE", "UNSELECT"):
            self.messages = []
            self.selected = False
        for answer in answers:
            if answer[0] == "EXISTS":
                if answer[1] < len(self.messages):
                    raise Unlawful(f"EXISTS {answer[1]} where there are {len(self.messages)}")
                self.messages += [{} for _ in range(answer[1] - len(self.messages))]
            elif answer[0] == "EXPUNGE":
                self.expunge(verb, [answer[1] - 1])
            elif answer[0] == "VANISHED" and not answer[1]:
                self.expunge(verb, self.vanished(answer[2]))
            elif answer[0] == "FETCH":
                self.fetch(answer[1] - 1, dict(answer[2]))
        if "FLAGS.SILENT" in command:  # who says so knows what it did; here it is only forgotten what was told
            for one in self.messages:
                one.pop("FLAGS", None)
        if verb in ("SELECT", "EXAMINE"):
            self.selected = answers[-1][1] == "OK"

    def vanished(self, uids: list[int]) -> list[int]:
        known = [at for at, one in enumerate(self.messages) if one.get("UID") in uids]
        unknown = [at for at, one in enumerate(self.messages) if "UID" not in one]
        for at in unknown:  # some of these: which, is not known
            self.messages[at].clear()
        return sorted(known + unknown[:len(uids) - len(known)], reverse=True)

    def expunge(self, verb: str, places: list[int]) -> None:
        if verb in FORBIDDEN:
            raise Unlawful(f"EXPUNGE during {verb}")
        for place in places:
            if place >= len(self.messages):
                raise Unlawful(f"EXPUNGE {place + 1} where there are {len(self.messages)}")
            del self.messages[place]

    def fetch(self, place: int, items: dict) -> None:
        if place >= len(self.messages):
            raise Unlawful(f"FETCH {place + 1} where there are {len(self.messages)}")
        one = self.messages[place]
        if "UID" in items and one.setdefault("UID", int(items["UID"])) != int(items["UID"]):
            raise Unlawful(f"message {place + 1} has UID {items['UID']}, not {one['UID']}")
        if "FLAGS" in items:
            one["FLAGS"] = items["FLAGS"]

    def check(self, answers: list) -> None:
        """Of a FETCH 1:* (UID FLAGS) after a NOOP."""
        told = {answer[1] - 1: dict(answer[2]) for answer in answers if answer[0] == "FETCH"}
        if sorted(told) != list(range(len(self.messages))):
            raise Unlawful(f"{len(self.messages)} messages are known, {sorted(told)} are told")
        for place, items in told.items():
            one = self.messages[place]
            if one.get("FLAGS", items["FLAGS"]) != items["FLAGS"]:
                raise Unlawful(f"message {place + 1} has flags {items['FLAGS']}, and {one['FLAGS']} was told")
            self.fetch(place, items)
