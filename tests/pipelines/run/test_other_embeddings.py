"""An audit whose embeddings are of another network is not continued: its vectors mean nothing beside new ones."""

import pytest

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import fingerprint_digest
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.transforms.embedding import settings


@pytest.fixture
def audit_by(monkeypatch):
    """The record of an audit that was made with weights of this SHA-256."""

    def record(weights, *changes):
        with monkeypatch.context() as then:
            then.setattr(settings, "sha256", lambda _: weights)
            settings.resolve.cache_clear()
            config = load(None, changes)
            made = {
                "digests": {"fingerprint": fingerprint_digest(config)},
                "configuration": {"embed": config.embed.plain()},
            }
        settings.resolve.cache_clear()
        monkeypatch.setattr(manifest, "read", lambda _: made)

    return record


def test_an_audit_of_the_same_embedding_is_continued(audit_by):
    audit_by(settings.sha256(settings.EMBEDDED_FILE))
    assert PreviousAudit.open("then", load()).output == "then"


def test_an_audit_with_other_weights_is_refused(audit_by):
    audit_by("0" * 64)
    with pytest.raises(manifest.OutputError, match=r"^then was .* with other weights; .* with --refresh fingerprints"):
        PreviousAudit.open("then", load())


def test_an_audit_with_another_pooling_is_refused(audit_by):
    audit_by(settings.sha256(settings.EMBEDDED_FILE), "embed.pooling=rmac")
    with pytest.raises(manifest.OutputError, match=r"^then was .* \(embed\.pooling was 'rmac' and is 'gem'\)"):
        PreviousAudit.open("then", load())
