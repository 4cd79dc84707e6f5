"""The document of an advice that is handed over, as one JSON value, and its hash (rule 18)."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from domain import base64url
from domain.foundation import ChallengeId, Digest, Words
from projections.advice import TEXTS, Advice, Part, StatedFile
from projections.recommendations import Recommendation

Json = dict[str, Any]


def document(
    advice: Advice,
    recommendations: Sequence[Recommendation],
    files: Sequence[StatedFile] = (),
    *,
    challenge: ChallengeId | None = None,
) -> Json:
    """The current version of `advice` with its recommendations and files; every text must be unsealed before."""
    parts = {name: _part(getattr(advice.parts, name)) for name in advice.parts.__struct_fields__}
    dissents = [one for one in advice.verdicts if one.verdict == "dissent"]
    handed_over = {"files": [{"id": one.file, "sha256": one.sha256} for one in files]} if files else {}
    return {
        "team": advice.id,
        "programme": advice.programme,
        "challenge": challenge or advice.challenge,
        "version": advice.version,
        "parts": {name: part for name, part in parts.items() if part is not None},
        "recommendations": [_recommendation(one) for one in recommendations],
        "dissents": [
            {"member": one.member, "text": _text(one.text)} for one in sorted(dissents, key=lambda one: one.member)
        ],
        **handed_over,
    }


def document_hash(value: Json) -> Digest:
    """SHA-256 of the value's RFC 8785 JSON. Keys are ASCII and there are no floats, so sorting by code point is enough."""
    canonical = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return Digest(base64url.encode(digest))


def _part(part: Part | None) -> Json | None:
    if part is None:
        return None
    texts = {name: _text(getattr(part, name)) for name in TEXTS if getattr(part, name) is not None}
    return {"version": part.version, **texts}


def _recommendation(row: Recommendation) -> Json:
    to = row.addressee
    addressee = {"organisation_id": to.organisation, "stakeholder_id": to.stakeholder, "name": _text(to.name)}
    return {
        "id": row.id,
        "version": row.version,
        "text": _text(row.text),
        "evidence": list(row.evidence),
        "addressee": {name: value for name, value in addressee.items() if value is not None},
    }


def _text(words: Words | None) -> str | None:
    return None if words is None else words.text
