"""Under strace: what a client is told was synced before."""

from concurrent.futures import ThreadPoolExecutor

from support import sync_order, waiting
from support.satchel import SLOW, Satchel
from support.traced import Traces


def traced(folder, satchel: Satchel) -> Traces:
    """Starts the program under strace."""
    traces = Traces(folder / "traces", sync_order.CALLS)
    satchel.before = traces.prefix
    satchel.spawn()
    satchel.before = list
    waiting.until(satchel.answers, "satchel run answers", 60 * SLOW, 0.1)
    return traces


def mail(number: int, size: int = 10) -> bytes:
    return b"Subject: %d\r\nMessage-ID: <%d@order.example.org>\r\n\r\n" % (number, number) + b"text\r\n" * size


def work(client, box: str, rounds: int) -> int:
    """Every kind of change, in mailboxes of its own; how many."""
    to = box + "To"
    assert client.create(box)[0] == client.create(to)[0] == "OK"
    for number in range(rounds):
        assert client.append(box, None, None, mail(number, 1 + 2000 * (number % 3)))[0] == "OK"
        assert client.select(box)[0] == "OK"
        for answer in (client.store("1", "+FLAGS", f"(Key{number})"), client.copy("1", to), client.uid("MOVE", "1:*", to),
                       client.rename(box, box + "x"), client.rename(box + "x", box), client.unsubscribe(box), client.subscribe(box)):
            assert answer[0] == "OK", answer
    assert client.select(to)[0] == client.store("1", "+FLAGS", "(\\Deleted)")[0] == client.uid("EXPUNGE", "1:*")[0] == "OK"
    assert client.delete(box)[0] == client.delete(to)[0] == "OK"
    return 6 + 8 * rounds


def test_nothing_is_told_before_it_is_synced(folder, satchel, empty_upstream):
    """One client works, another one idles and hears of it; nobody else writes."""
    satchel.start()
    satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
    satchel.sync()
    empty_upstream.cut()
    satchel.stop()
    traces = traced(folder, satchel)
    idler, client = satchel.client(), satchel.client()
    idler.select("INBOX")
    idler.send(b"IDLE1 IDLE\r\n")
    assert idler.readline().startswith(b"+")
    count = work(client, "Box", 6)
    for number in range(10):
        assert client.append("INBOX", None, None, mail(100 + number))[0] == "OK"
        while not idler.readline().rstrip().endswith(b"EXISTS"):
            pass
    satchel.stop()
    order = sync_order.Order(traces.texts()[0], satchel.home / "store")
    assert len(order.answers()) == count + 10
    assert order.without_its_record() == []
    assert order.unsynced(r"[A-P]{4}\d+ OK|EXISTS|EXPUNGE|VANISHED|FETCH") == []


def test_four_clients_and_the_synchronising(folder, satchel, empty_upstream):
    satchel.start()
    satchel.add_account(empty_upstream.port, ca=empty_upstream.ca)
    satchel.sync()
    satchel.stop()
    traces = traced(folder, satchel)
    clients = [satchel.client() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda number: work(clients[number], f"Box{number}", 2), range(4)))
    satchel.sync()
    satchel.stop()
    order = sync_order.Order(traces.texts()[0], satchel.home / "store")
    assert len(order.answers()) == sum(counts)
    assert order.without_its_record() == []
