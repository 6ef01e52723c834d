"""The door: who may come in, and how those who may not are turned away."""

import http.client
import imaplib
import json
import os
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from support import waiting


def exchange(port: int, data: bytes, seconds: float = 10, host: str = "127.0.0.1") -> bytes:
    """Sends the bytes and reads until the other side ends."""
    with socket.create_connection((host, port), seconds) as line:
        line.sendall(data)
        got = b""
        try:
            while piece := line.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
        return got


def listening(pid: int) -> set[str]:
    """Addresses on which the process listens."""
    lines = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
    return {line.split()[3].rsplit(":", 1)[0] for line in lines if f"pid={pid}," in line}


@pytest.mark.quick
def test_it_listens_on_loopback_only(running):
    addresses = listening(running.process.pid)
    assert "127.0.0.1" in addresses and addresses <= {"127.0.0.1", "[::1]"}
    if Path("/proc/net/if_inet6").read_text().count("lo"):
        assert "[::1]" in addresses


@pytest.mark.parametrize("text", ['[imap]\naddress = "0.0.0.0"\n', '[imap]\nbind = "0.0.0.0"\n', '[imap]\nport = "0.0.0.0:4143"\n',
                                  '[web]\nhost = "::"\n'])
def test_another_bind_address_is_refused(satchel, text):
    (satchel.home / "satchel.toml").write_text(text)
    done = satchel.run_verb("run", seconds=20)
    assert done.returncode == 1 and "satchel.toml" in done.stderr and len(done.stderr.strip().splitlines()) <= 3, done.stderr


def test_a_wrong_password_is_delayed_and_logged_without_it(running):
    shown = running.show()
    times = []
    client = imaplib.IMAP4("127.0.0.1", shown["port"], timeout=60)
    for attempt in range(3):
        start = time.monotonic()
        with pytest.raises(imaplib.IMAP4.error):
            client.login(shown["user"], f"wrong-password-canary-{attempt}")
        times.append(time.monotonic() - start)
        if client.state == "LOGOUT":
            break
    assert max(times) >= 0.5, times
    log = running.log()
    assert "wrong-password-canary" not in log and shown["password"] not in log
    assert re.search(r"(?i)login|password", log), "the failure is logged"
    running.client().logout()  # the right one still opens


def test_another_user_is_refused_even_with_the_right_password(running):
    shown = running.show()
    program = ("import imaplib,sys\n"
               "try:\n"
               f"    client = imaplib.IMAP4('127.0.0.1', {shown['port']}, timeout=20)\n"
               f"    client.login({shown['user']!r}, {shown['password']!r})\n"
               "    print('ADMITTED')\n"
               "except Exception as problem:\n"
               "    print('REFUSED', problem)\n")
    command = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "/usr/bin/python3", "-c", program]
    if os.geteuid() != 0:
        command = ["sudo", "-n", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "REFUSED" in done.stdout and "ADMITTED" not in done.stdout, done.stdout + done.stderr
    running.client().logout()


@pytest.mark.quick
@pytest.mark.parametrize("first", [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /a-canary HTTP/1.1\r\nHost: x\r\n\r\na LOGIN u p\r\n",
    b"CONNECT x:1 HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"EHLO a-canary\r\n", b"OPTIONS sip:a SIP/2.0\r\n\r\n",
    b"USER a-canary\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
])
def test_a_foreign_protocol_ends_at_its_first_line(running, first):
    got = exchange(running.show()["port"], first + b"a CAPABILITY\r\nb NOOP\r\n", 15)
    assert b"a-canary" not in got and b"b OK" not in got and b"a OK" not in got and b"HTTP" not in got


def test_three_bad_commands_before_login_end_it(running):
    got = exchange(running.show()["port"], b"a FROB\r\nb FROB\r\nc FROB\r\nd FROB\r\ne NOOP\r\n", 30)
    assert b"e OK" not in got and b"FROB" not in got


# The local HTTP interface

def request(satchel, path: str, **headers) -> int:
    port = satchel.status()["web"]["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = b'{"verb": "status", "arguments": {}}'
    try:
        connection.putrequest("POST", path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.quick
def test_http_without_the_token_or_from_elsewhere_is_refused(running):
    file = running.home / "running.json"
    assert file.stat().st_mode & 0o077 == 0, "readable by this user alone"
    port = running.status()["web"]["port"]
    right = {"Host": f"127.0.0.1:{port}", "Authorization": f"Bearer {json.loads(file.read_text())['token']}"}
    path = "/v1/perform"
    assert request(running, path, **right) == 200
    assert request(running, path, Host=right["Host"]) == 401
    assert request(running, path, Host=right["Host"], Authorization="Bearer wrong") == 401
    for host in ("evil.example.org", f"evil.example.org:{port}", f"127.0.0.1.example.org:{port}", f"127.0.0.1:{port + 1}", ""):
        assert request(running, path, **(right | {"Host": host})) in (400, 403), host
    for origin in ("http://evil.example.org", "null", f"https://127.0.0.1:{port}", f"http://localhost.example.org:{port}"):
        assert request(running, path, **right, Origin=origin) == 403, origin
    assert request(running, path, **right, Sec_Fetch_Site="cross-site") == 403


def test_many_silent_connections_do_not_lock_the_user_out(running):
    port = running.show()["port"]
    lines = []
    try:
        for _ in range(1000):
            try:
                lines.append(socket.create_connection(("127.0.0.1", port), 5))
            except OSError:
                break
        waiting.until(lambda: admitted(running), "the user is still served", 5, 0.5)
    finally:
        for line in lines:
            line.close()


def admitted(satchel) -> bool:
    try:
        satchel.client(timeout=10).logout()
        return True
    except (OSError, imaplib.IMAP4.error):
        return False


def test_secrets_are_in_no_argument_and_no_log(running):
    shown = running.show()
    arguments = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{running.process.pid}/environ").read_bytes()
    for secret in (shown["password"], "\0secret\0", "=secret\0"):
        assert secret.encode() not in arguments + environment
        assert secret not in running.log()


def test_the_tls_door(running):
    """A certificate made here, for localhost, exported for clients that want to check it."""
    exported = running.folder / "door.pem"
    running.verb("cert", "export", exported)
    shown = running.show()
    context = ssl.create_default_context(cafile=str(exported))
    with imaplib.IMAP4_SSL("localhost", shown["tls_port"], ssl_context=context, timeout=30) as client:
        client.login(shown["user"], shown["password"])
    starttls = imaplib.IMAP4("localhost", shown["port"], timeout=30)
    starttls.starttls(context)
    starttls.login(shown["user"], shown["password"])
    starttls.logout()
