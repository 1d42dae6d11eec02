"""`lefi certificate`: keys, and cutover certificates issued, verified and printed; nothing is connected to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import ValidationError

from gateway import clock
from gateway.cli import subjects
from gateway.cli.console import clean
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.evidence.certificate import NotReached, Verified, Wanted, issue, key_id, verify
from gateway.evidence.counts import Type
from gateway.evidence.document import Evidence
from gateway.evidence.page import page as printed
from gateway.keys import named, read
from gateway.openapi import program_version

certificate = typer.Typer(
    no_args_is_help=True,
    help="Cutover certificates: what was compared before a consumer is moved to another version, signed. They hold no "
    "person's data, and whoever has the public key can verify them offline.",
)

_OWNER_ONLY, _EVERYBODY = 0o600, 0o644
_DOES_NOT_HOLD, _CANNOT_BE_READ = 1, 2

PublicKey = Annotated[Path, typer.Option("--key", help="The public key (PEM) of whoever signed it.")]
Document = Annotated[Path, typer.Argument(help="The certificate.")]


@certificate.command()
def key(
    output: Annotated[Path, typer.Option(help="Where the private key goes; the public one goes beside it.")] = Path(
        "lefi-certificate.key"
    ),
) -> None:
    """Make a key for signing: NAME.key, for its owner alone, and NAME.pub, to hand out. Nothing is overwritten."""
    public = output.with_suffix(".pub")
    made = Ed25519PrivateKey.generate()
    contents = (
        (output, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _OWNER_ONLY),
        (public, made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), _EVERYBODY),
    )
    if output == public or any(path.exists() for path, _, _ in contents):
        _refuse(f"{output}: expected a name of which neither the key nor the .pub file is there")
    for path, content, mode in contents:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123  a mode
            file.write(content)
    typer.echo(f"private key   {output}\npublic key    {public}\nfingerprint   {key_id(made.public_key())}")


@certificate.command("issue")
def issue_(  # noqa: PLR0913, PLR0917  options of a command
    key: Annotated[Path, typer.Option(help="The private key (PEM).")],
    output: Annotated[Path, typer.Option(help="Where the certificate goes.")],
    evidence: Annotated[
        Path | None, typer.Argument(help="The evidence (JSON); from the gateway's database when left out.")
    ] = None,
    consumer: subjects.Consumer = None,
    types: subjects.Types = None,
    old: subjects.From = None,
    new: subjects.To = None,
    since: subjects.Since = None,
    rate: subjects.Rate = "0.001",
    least: subjects.Least = 3,
    share: subjects.Share = "1",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid after the last question.")] = 30,
    config: ConfigFile = None,
) -> None:
    """Issue a certificate on evidence that reaches its claim; there is no way to issue one on other evidence.

    The evidence is a file, as `lefi evidence --json` prints it, or what the database has about the consumer, the types
    and the two connections. Status 1 when the evidence does not reach its claim, 2 when a file cannot be used.
    """
    signing = _private(key)
    if evidence is None:
        settings = settings_or_exit(config, {})
        subject = subjects.subject_of(settings, consumer, types, old, new)
        found, _ = subjects.evidence_of(settings, subject, subjects.claim_of(rate, least, share), since)
    else:
        found = _evidence(evidence)
    try:
        document = issue(found, signing, now=clock.now(), days=days, gateway=program_version())
    except NotReached as refusal:
        typer.echo("not issued: the evidence does not reach its claim", err=True)
        for failure in refusal.failures:
            typer.echo(clean(f"  {failure.aspect}: {failure.text}"), err=True)
        raise typer.Exit(_DOES_NOT_HOLD) from None
    output.write_bytes(document)
    typer.echo(f"issued {output}, signed with {key_id(signing.public_key())}")


@certificate.command("verify")
def verify_(  # noqa: PLR0913, PLR0917  options of a command
    document: Document,
    key: PublicKey,
    consumer: Annotated[str | None, typer.Option(help="The consumer that it has to be about.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="A type that it has to cover: formansinformation/FK:SJP.")
    ] = None,
    old: Annotated[str | None, typer.Option("--from", help="The version that is to be left.")] = None,
    new: Annotated[str | None, typer.Option("--to", help="The version that is to be moved to.")] = None,
    rate: Annotated[float | None, typer.Option(help="What the claimed rate may be at most: 0.001.")] = None,
) -> None:
    """Verify a certificate, offline: who signed it, whether it is valid today, and what its own counts prove.

    Status 0 when everything holds, 1 with a line for each thing that does not, 2 when a file cannot be used.
    """
    wanted = Wanted(consumer, frozenset(map(_type, types or ())), old, new, rate=rate)
    checked = verify(_content(document), public_key(key), clock.today(), wanted)
    for failure in checked.failures:
        typer.echo(clean(f"does not hold: {failure.aspect}: {failure.text}"))
    if checked.failures or checked.signed is None:
        raise typer.Exit(_DOES_NOT_HOLD)
    typer.echo(_summary(checked))


@certificate.command()
def page(
    document: Document,
    key: PublicKey,
    output: Annotated[Path, typer.Option(help="Where the page goes.")],
) -> None:
    """Make a page (HTML) to print; it says whether the certificate holds. What was not signed is not printed.

    Status 1 when there is no page because of that, 2 when a file cannot be used.
    """
    day = clock.today()
    checked = verify(_content(document), public_key(key), day)
    forged = [failure for failure in checked.failures if failure.aspect in {"form", "signature"}]
    if forged or checked.signed is None:
        for failure in forged:
            typer.echo(clean(f"not printed: {failure.aspect}: {failure.text}"), err=True)
        raise typer.Exit(_DOES_NOT_HOLD)
    output.write_bytes(printed(checked.signed, checked, day.isoformat()))
    typer.echo(f"wrote {output}")


def _evidence(path: Path) -> Evidence:
    try:
        return Evidence.model_validate_json(_content(path))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            typer.echo(clean(f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}"), err=True)
        raise typer.Exit(_CANNOT_BE_READ) from None


def _summary(checked: Verified) -> str:
    signed = checked.signed
    if signed is None:
        return ""
    evidence = signed.certificate.evidence
    lines = [
        f"holds: {evidence.consumer} from {evidence.old.version} to {evidence.new.version}",
        f"  valid until   {signed.certificate.valid_until}",
        f"  signed with   {signed.signature.key}",
        *(
            f"  {one.klass}/{one.informationstyp}: below {one.upper} at {evidence.claim.level}, "
            f"{one.covered} fields covered, {len(one.uncovered)} not, {len(one.rare)} rare"
            for one in signed.certificate.findings
        ),
    ]
    return "\n".join(clean(line) for line in lines)


def _type(text: str) -> Type:
    klass, slash, typ = text.partition("/")
    if not (klass and slash and typ):
        raise typer.BadParameter("expected CLASS/TYPE, as in formansinformation/FK:SJP", param_hint="--type")
    return klass, typ


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        with named("--key", "a private Ed25519 key (PEM) without a password"):
            found = load_pem_private_key(read("--key", path), None)
            if not isinstance(found, Ed25519PrivateKey):
                raise TypeError
    except ValueError as error:
        _refuse(str(error))
    return found


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key of a file, or status 2."""
    try:
        with named("--key", "a public Ed25519 key (PEM)"):
            found = load_pem_public_key(read("--key", path))
            if not isinstance(found, Ed25519PublicKey):
                raise TypeError
    except ValueError as error:
        _refuse(str(error))
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        _refuse(f"{path}: expected a readable file")


def _refuse(text: str) -> NoReturn:
    typer.echo(clean(text), err=True)
    raise typer.Exit(_CANNOT_BE_READ)
