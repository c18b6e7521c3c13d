"""Lines with secrets and lines that look like it, made anew each time from a seed: no secret stands in a file here.

`true_lines` gives (kind, line, secret), `look_alikes` (kind, line): what programs print every day.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
import uuid
import zlib
from collections.abc import Iterator

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM = LOWER + UPPER + DIGITS
HEX = "0123456789abcdef"


def true_lines(seed: int = 1, each: int = 8) -> Iterator[tuple[str, str, str]]:
    dice = random.Random(seed)

    def some(alphabet: str, size: int) -> str:
        return "".join(dice.choices(alphabet, k=size))

    def password() -> str:
        return dice.choice(
            [some(ALNUM, 14), f"{some(LOWER, 6)}-{some(LOWER, 5)}-{some(DIGITS, 3)}", some(ALNUM + "!#%+^*", 16) + "7x"]
        )

    def jwt() -> str:
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")  # noqa: E731
        return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': some(ALNUM, 12), 'iat': dice.randrange(10**9)})}.{some(ALNUM + '_-', 43)}"

    for _ in range(each):
        for kind, secret, line in (
            ("aws access key", s := "AKIA" + some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), f"aws_access_key_id = {s}"),
            ("aws secret key", s := some(ALNUM + "/+", 40), f"aws_secret_access_key = {s}"),
            ("github token", s := "ghp_" + some(ALNUM, 36), f"remote: using {s} for https"),
            ("github fine-grained token", s := "github_pat_" + some(ALNUM, 22) + "_" + some(ALNUM, 59), f"GH={s}"),
            ("gitlab token", s := "glpat-" + some(ALNUM, 20), f"PRIVATE-TOKEN: {s}"),
            ("slack bot token", s := f"xoxb-{some(DIGITS, 12)}-{some(DIGITS, 12)}-{some(ALNUM, 24)}", f"SLACK={s}"),
            ("slack webhook", s := f"https://hooks.slack.com/services/T{some(UPPER + DIGITS, 8)}/B{some(UPPER + DIGITS, 10)}/{some(ALNUM, 24)}", f"posting to {s}"),
            ("google api key", s := "AIza" + some(ALNUM + "_-", 35), f"key={s}"),
            ("stripe key", s := "sk_live_" + some(ALNUM, 24), f"stripe: {s}"),
            ("npm token", s := "npm_" + some(ALNUM, 36), f"//registry.npmjs.org/:_authToken={s}"),
            ("pypi token", s := "pypi-AgEIcHlwaS5vcmc" + some(ALNUM + "_-", 70), f"TWINE={s}"),
            ("vault token", s := "hvs." + some(ALNUM + "_-", 95), f"token          {s}"),
            ("sendgrid key", s := f"SG.{some(ALNUM + '_-', 22)}.{some(ALNUM + '_-', 43)}", f"mail via {s}"),
            ("digitalocean token", s := "dop_v1_" + some(HEX, 64), f"doctl auth {s}"),
            ("shopify token", s := "shpat_" + some(HEX, 32), f"X-Shopify-Access-Token: {s}"),
            ("hugging face token", s := "hf_" + some(LOWER + UPPER, 34), f"hub login with {s}"),
            ("openai key", s := "sk-proj-" + some(ALNUM, 74) + "T3BlbkFJ" + some(ALNUM, 74), f"OPENAI={s}"),
            ("anthropic key", s := "sk-ant-api03-" + some(ALNUM + "_-", 93) + "AA", f"client with {s}"),
            ("jwt", s := jwt(), f"id {s}"),
            ("bearer", s := some(ALNUM, 32), f"> Authorization: Bearer {s}"),
            ("basic", s := base64.b64encode(f"ops:{password()}".encode()).decode(), f"Authorization: Basic {s}"),
            ("password in a URL", s := some(ALNUM, 14), f"connecting to postgresql://app:{s}@db.internal:5432/app"),
            ("redis URL", s := some(ALNUM, 12), f"redis://default:{s}@cache:6379/0 up"),
            ("env password", s := password(), f"DB_PASSWORD={s}"),
            ("yaml password", s := some(ALNUM, 14), f"  password: {s}"),
            ("json password", s := password(), json.dumps({"user": "app", "password": s})),
            ("json token", s := some(HEX, 40), json.dumps({"access_token": s, "expires_in": 3600})),
            ("mysql option", s := some(ALNUM, 12), f"+ mysql -u root -p{s} -e 'show tables'"),
            ("curl user", s := some(ALNUM, 12), f'+ curl -s -u "deploy:{s}" https://ci.internal/api'),
            ("private key", s := some(ALNUM + "+/", 64), f"-----BEGIN PRIVATE KEY-----\n{s}\n{some(ALNUM + '+/', 40)}==\n-----END PRIVATE KEY-----"),
            ("word password", s := dice.choice(["correcthorse", "Wintertime", "letmeinplease"]), f"password: {s}"),
            ("prose password", s := password(), f"the new password is {s}"),
        ):  # fmt: skip
            yield kind, line, secret


def look_alikes(seed: int = 2, each: int = 8) -> Iterator[tuple[str, str]]:
    dice = random.Random(seed)

    def some(alphabet: str, size: int) -> str:
        return "".join(dice.choices(alphabet, k=size))

    def digest(kind: str = "sha256") -> str:
        return hashlib.new(kind, dice.randbytes(20)).hexdigest()

    for _ in range(each):
        picture = base64.b64encode(zlib.compress(dice.randbytes(600))).decode()
        yield from (
            ("git commit", f"commit {digest('sha1')}"),
            ("git short", f"HEAD is now at {digest('sha1')[:9]} Fix the token refresh"),
            ("git push", f"   {digest('sha1')[:7]}..{digest('sha1')[:7]}  main -> main"),
            ("uuid", f"request id {uuid.UUID(int=dice.getrandbits(128))} done"),
            ("image digest", f"Digest: sha256:{digest()}"),
            ("image", f"ghcr.io/acme/api@sha256:{digest()}"),
            ("layer", f"{digest()[:12]}: Pull complete"),
            ("sha256sum", f"{digest()}  release.tar.gz"),
            ("md5sum", f"{digest('md5')}  dump.sql"),
            ("pip hash", f"    --hash=sha256:{digest()} \\"),
            ("npm integrity", f'"integrity": "sha512-{base64.b64encode(dice.randbytes(64)).decode()}"'),
            ("picture", f'<img src="data:image/png;base64,{picture}">'),
            ("base64 line", picture[:76]),
            ("etag", f'ETag: "{digest("md5")}"'),
            ("kubernetes pod", f"pod/api-{some('bcdfghjklmnpqrstvwxz2456789', 10)}-{some('bcdfghjklmnpqrstvwxz2456789', 5)} condition met"),
            ("kubernetes secret name", f"secret/api-token-{some(LOWER + DIGITS, 5)} configured"),
            ("secret reference", f"  secretName: tls-{some(LOWER, 6)}-2026"),
            ("secret key reference", "        secretKeyRef: {name: db-credentials, key: password}"),
            ("cert fingerprint", "SHA256 Fingerprint=" + ":".join(some("0123456789ABCDEF", 2) for _ in range(32))),
            ("ssh fingerprint", f"256 SHA256:{some(ALNUM + '+/', 43)} ana@laptop (ED25519)"),
            ("ssh public key", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{some(ALNUM + '+/', 44)} ana@laptop"),
            ("public key", f"-----BEGIN PUBLIC KEY-----\n{some(ALNUM + '+/', 64)}\n-----END PUBLIC KEY-----"),
            ("certificate", f"-----BEGIN CERTIFICATE-----\n{some(ALNUM + '+/', 64)}\n-----END CERTIFICATE-----"),
            ("trace id", f"trace_id={some(HEX, 32)} span_id={some(HEX, 16)}"),
            ("request line", f'GET /api/v1/keys/{some(DIGITS, 6)}?page=2 HTTP/1.1" 200 {dice.randrange(10**5)}'),
            ("terraform", f"aws_instance.web: Creation complete after 32s [id=i-0{some(HEX, 16)}]"),
            ("arn", f"arn:aws:iam::{some(DIGITS, 12)}:role/deploy-{some(LOWER, 6)}"),
            ("password prompt", "password for ana: "),
            ("password policy", "password: must have 12 characters and 1 digit"),
            ("password file", "password_file=/run/secrets/db_password_2026"),
            ("masked password", "password: ********"),
            ("token words", f"token expires in {dice.randrange(3600)} s, refreshing the access token"),
            ("tokens per second", f"prompt tokens: {dice.randrange(9000)}, generated tokens/s: {dice.random() * 90:.2f}"),
            ("tokenizer", f"tokenizer: vocab={dice.randrange(10**5)} pad_token=<pad>"),
            ("api key count", f"api_keys=12 rotated={dice.randrange(12)}"),
            ("placeholder", "API_KEY=<your-key-here> PASSWORD=changeme123"),
            ("variable", "export DB_PASSWORD=${DB_PASSWORD_2026} TOKEN=$(cat token1.txt)"),
            ("example key", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE"),
            ("url", f"https://example.com/reset?session={some(DIGITS, 4)}#access_token"),
            ("url with user", "ssh://git@github.com:22/acme/api.git"),
            ("mac address", ":".join(some(HEX, 2) for _ in range(6))),
            ("gpu uuid", f"GPU-{uuid.UUID(int=dice.getrandbits(128))}"),
            ("numbers", " ".join(f"{dice.random():.6f}" for _ in range(8))),
            ("log line", f"2026-11-22T12:00:00Z INFO auth.token - issued key_id={dice.randrange(10**6)} ttl=3600s"),
            ("prometheus", f'http_requests_total{{code="200",handler="/token"}} {dice.randrange(10**7)}'),
            ("helm", f"NAME: api\nLAST DEPLOYED: Sun Nov 22 12:00:00 2026\nREVISION: {dice.randrange(90)}"),
            ("csv", f"{some(DIGITS, 8)},{some(ALNUM, 12)},{some(LOWER, 9)},2026-11-22"),
            ("mysql without", "mysql -p -u root app < dump.sql; mysql --port 3306"),
            ("mkdir", "mkdir -p /srv/app/releases/20261122"),
            ("private key name", "ssl_certificate_key /etc/nginx/private_key_2026.pem;"),
        )  # fmt: skip
