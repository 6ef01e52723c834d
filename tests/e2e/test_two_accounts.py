"""Two accounts of one home at one upstream mailbox: each hears what the other does, nothing is there twice, nothing is lost."""

import random
from collections import Counter

import pytest

from support import compare, waiting
from support.both_sides import letter
from support.satchel import SLOW
from support.upstream import Upstream


def subjects(client, mailbox: bytes) -> list[bytes]:
    return sorted(message.start.split(b"Subject: ")[1].split(b"\r\n")[0] for message in compare.read_mailbox(client, mailbox).messages)


@pytest.fixture(params=["full", "plain"])
def couple(request, program, folder):
    """One upstream, the accounts one and other there, in step."""
    with Upstream(folder / "upstream", request.param, profile="") as upstream:
        there = upstream.colleague()
        for name in ("Work", "Trips"):
            there.create(name)
        for number in range(12):
            there.append("INBOX", None, None, letter(f"m{number}"))
        program.start()
        program.add_account(upstream.port, ca=upstream.ca)
        program.add_account(upstream.port, name="other", email="other@example.org", ca=upstream.ca)
        program.sync()
        yield program, upstream
        program.stop()


def alike(program, upstream) -> dict:
    def same():
        program.sync()
        there = compare.read_all(upstream.colleague())
        views = [compare.read_all(program.client(name)) for name in ("one", "other")]
        return there if all(compare.differences(view, there) == [] for view in views) else None
    return waiting.until(same, "both accounts are as upstream is", 60 * SLOW, 0.5)


def test_what_one_does_the_other_sees(couple):
    program, upstream = couple
    one, other = program.client("one"), program.client("other")
    one.select("INBOX")
    assert one.store("1", "+FLAGS", "(\\Flagged Mine)")[0] == "OK" and one.copy("2", "Work")[0] == "OK"
    assert one.append("Trips", None, None, letter("from-one"))[0] == "OK"
    alike(program, upstream)
    other.select("INBOX")
    assert b"\\Flagged" in other.fetch("1", "(FLAGS)")[1][0]
    assert subjects(other, b"Work") == [b"m1"] and subjects(other, b"Trips") == [b"from-one"]


def test_both_act_on_the_same_mail_while_offline(couple):
    """Each content is somewhere, once for each place where somebody put it; what both did alike was done once."""
    program, upstream = couple
    upstream.cut()
    for name in ("one", "other"):
        waiting.until(lambda name=name: program.account(f"{'u' if name == 'one' else 'other'}@example.org")["state"] == "offline", "offline", 30 * SLOW, 0.2)
    one, other = program.client("one"), program.client("other")
    one.select("INBOX"), other.select("INBOX")
    for client, word, target in ((one, "One", "Work"), (other, "Other", "Trips")):
        assert client.store("1:3", "+FLAGS", f"({word})")[0] == "OK"
        assert client.uid("MOVE", "4", target)[0] == "OK"  # elsewhere by each
        assert client.uid("MOVE", "5", "Work")[0] == "OK"  # to the same place
        assert client.uid("STORE", "6", "+FLAGS", "(\\Deleted)")[0] == "OK" and client.expunge()[0] == "OK"
        assert client.append("Work", None, None, letter(f"by-{word}"))[0] == "OK"
    upstream.mend()
    there = alike(program, upstream)
    every = Counter(message.start.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for box in there.values() for message in box.messages)
    assert every["m3"] >= 1 and every["m4"] == 1 and every["m5"] == 0 and every["by-One"] == every["by-Other"] == 1
    assert every["m3"] <= 2, "two movers put it in two places at most"
    assert all(every[f"m{number}"] == 1 for number in (*range(3), *range(6, 12)))
    flags = [message.flags for message in there[b"INBOX"].messages if message.start.split(b"Subject: ")[1].startswith((b"m0", b"m1\r", b"m2"))]
    assert len(flags) == 3 and all({"one", "other"} <= one for one in flags)


def test_both_at_random_with_kills(couple):
    program, upstream = couple
    rng = random.Random(5)
    added = []
    for round_number in range(4):
        clients = {name: program.client(name) for name in ("one", "other")}
        for step in range(12):
            name = rng.choice(("one", "other"))
            client = clients[name]
            client.select("INBOX")
            uids = client.uid("SEARCH", "ALL")[1][0].decode().split()
            act = rng.choice(("flag", "append", "move", "back"))
            if act == "append":
                added.append(f"r{round_number}-{step}")
                assert client.append("INBOX", None, None, letter(added[-1]))[0] == "OK"
            elif act == "flag" and uids:
                assert client.uid("STORE", rng.choice(uids), "+FLAGS", "(\\Seen)")[0] == "OK"
            elif act == "move" and uids:
                client.uid("MOVE", rng.choice(uids), rng.choice(("Work", "Trips")))
            elif act == "back":
                client.select("Work")
                if found := client.uid("SEARCH", "ALL")[1][0].decode().split():
                    client.uid("MOVE", rng.choice(found), "INBOX")
        program.kill()
        program.start()
    there = alike(program, upstream)
    every = Counter(message.start.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for box in there.values() for message in box.messages)
    missing = {f"m{number}" for number in range(12)} | set(added)
    assert missing <= set(every), missing - set(every)
    program.deep_doctor()
