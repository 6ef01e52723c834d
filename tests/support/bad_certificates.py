"""Servers that no client should trust, one for each reason, and a client that trusts anybody, to see that they do speak TLS."""

import ssl
import subprocess
from pathlib import Path

from .certificates import Authority

NAMES = "DNS:localhost,IP:127.0.0.1"
CA_CONFIGURATION = """\
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def _openssl(*arguments) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class BadCertificates:
    """Certificates for localhost and 127.0.0.1, all but one thing about them as it should be. Each method gives (certificate, key).

    authority is what the program is told to trust.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.authority = Authority(folder / "good")
        self._ca, self._ca_key = self.authority.certificate, self.authority.folder / "ca.key"

    def good(self):
        return self.authority.server("server", NAMES)

    def expired(self):
        return self._dated("expired", "20200101000000Z", "20210101000000Z")

    def not_valid_yet(self):
        return self._dated("not-valid-yet", "20400101000000Z", "20410101000000Z")

    def wrong_name(self):
        return self.authority.server("wrong-name", "DNS:elsewhere.example.org,IP:127.0.0.2")

    def name_in_another_place(self):
        """The name stands in front of another domain, which is not its own."""
        return self.authority.server("name-in-another-place", "DNS:localhost.example.org,DNS:127.0.0.1,DNS:*")

    def unknown_authority(self):
        return Authority(self.folder / "other").server("server", NAMES)

    def self_signed(self):
        certificate, key = self._paths("self-signed")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                 "-days", 30, "-subj", "/CN=localhost", "-addext", f"subjectAltName={NAMES}")
        return certificate, key

    def sha1(self):
        return self._signed("sha1", digest="sha1")

    def short_key(self):
        return self._signed("short-key", key=("-newkey", "rsa:1024"))

    def not_for_servers(self):
        return self._signed("not-for-servers", extensions="extendedKeyUsage=clientAuth\n")

    def issued_by_a_server(self):
        """A leaf of the authority signs another one: it is none itself."""
        leaf, leaf_key = self.good()
        certificate, key = self._signed("issued-by-a-server", issuer=(leaf, leaf_key))
        certificate.write_text(certificate.read_text() + leaf.read_text())
        return certificate, key

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _request(self, name: str, key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")) -> Path:
        request = self.folder / f"{name}.csr"
        _openssl("req", *key, "-nodes", "-keyout", self._paths(name)[1], "-out", request, "-subj", f"/CN={name}")
        return request

    def _signed(self, name: str, *, digest="sha256", issuer=None, extensions="", **request):
        certificate, key = self._paths(name)
        extra = self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={NAMES}\nbasicConstraints=CA:FALSE\n{extensions}")
        ca, ca_key = issuer or (self._ca, self._ca_key)
        _openssl("x509", "-req", "-in", self._request(name, **request), "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", f"-{digest}",
                 "-out", certificate, "-days", 30, "-extfile", extra)
        return certificate, key

    def _dated(self, name: str, start: str, end: str):
        certificate, key = self._paths(name)
        folder = self.folder / f"{name}-ca"
        folder.mkdir()
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("1000\n")
        (folder / "ca.cnf").write_text(CA_CONFIGURATION.format(folder=folder))
        (folder / "ext").write_text(f"subjectAltName={NAMES}\nbasicConstraints=CA:FALSE\n")
        _openssl("ca", "-batch", "-config", folder / "ca.cnf", "-cert", self._ca, "-keyfile", self._ca_key, "-in", self._request(name),
                 "-out", certificate, "-notext", "-startdate", start, "-enddate", end, "-extfile", folder / "ext")
        return certificate, key


def lax_context(certificate, oldest=ssl.TLSVersion.TLSv1_2, newest=ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A server that uses what a careful one would refuse."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = oldest, newest
    context.load_cert_chain(*map(str, certificate))
    return context


def careless_client() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context
