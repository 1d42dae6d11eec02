"""What the settings of signatures come to: ours on what goes out, another's asked of what comes in, or neither."""

from __future__ import annotations

from gateway import clock, keys
from gateway.envelope import Opened
from gateway.envelopes import Signature
from gateway.signing import SECURITY, Signed, Signer
from gateway.verifying import Verified, Verifier


class Seal:
    """Signs messages of ours and takes apart those of others."""

    def __init__(self, terms: Signature | None, *, must_understand: bool = False) -> None:
        """Reads the files of the settings; raises ValueError that names the setting, for one that cannot be used."""
        certificate, *files = (terms.certificate, terms.trusted, terms.ca) if terms else (None, None, None)
        own = None if certificate is None else keys.own("certificate", certificate)
        trusted, authorities = (
            () if path is None else keys.several(name, path)
            for name, path in zip(("trusted", "ca"), files, strict=True)
        )
        self._signer = None if own is None else Signer(own)
        self._verifier = Verifier(trusted, authorities) if trusted or authorities else None
        self._required = terms is not None and terms.verify == "required"
        self._must_understand = must_understand
        self.understood: tuple[str, ...] = () if self._verifier is None else (SECURITY,)
        """The header blocks that are dealt with here."""

    def sign(self, message: bytes, prefixes: tuple[str, ...] = ()) -> Signed:
        """The message as it goes out; without a value where ours are not signed. `prefixes`: see gateway.signing."""
        if self._signer is None:
            return Signed(message, "")
        return self._signer.sign(message, clock.now(), must_understand=self._must_understand, prefixes=prefixes)

    def open(self, opened: Opened, blocks: tuple[str, ...]) -> Verified:
        """What of a message counts, and of its header only what is signed; raises EnvelopeError.

        `blocks` are the header blocks that must be signed. Without signatures, everything counts.
        """
        signed = any(block.tag == SECURITY for block in opened.headers)
        if self._verifier is None or not (signed or self._required):
            return Verified(opened.payload, opened.headers)
        return self._verifier.verify(opened.payload.getroottree().getroot(), blocks, clock.now())
