"""An authority of the test's own and server certificates that it signs, made with openssl."""

import subprocess
from pathlib import Path


def _openssl(*arguments) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Authority:
    """What is in the folder already is used again."""

    def __init__(self, folder: Path, name: str = "test authority"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        if self.certificate.exists():
            return
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self._key,
                 "-out", self.certificate, "-days", 30, "-subj", f"/CN={name}")

    def server(self, name: str, subject_names: str = "DNS:localhost,IP:127.0.0.1,IP:::1") -> tuple[Path, Path]:
        """Certificate and key for a server of these names."""
        key, request, certificate, extensions = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem", "ext"))
        if certificate.exists():
            return certificate, key
        extensions.write_text(f"subjectAltName={subject_names}\nbasicConstraints=CA:FALSE\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                 "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                 "-out", certificate, "-days", 30, "-extfile", extensions)
        return certificate, key
