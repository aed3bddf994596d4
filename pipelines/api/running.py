"""`lookalike.audit`: the whole job from Python."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from lookalike.finished import Audit, images_of
from lookalike.inputs import Pixels, write_images
from lookalike.pipelines.audit import AuditRequest
from lookalike.pipelines.audit import audit as run_audit
from lookalike.pipelines.engines.runners import pipeline_options
from lookalike.pipelines.run.output_folder import claim_output
from lookalike.quiet import quiet
from lookalike.settings import Given, checked
from lookalike.transforms.core.runtime import as_guest
from lookalike.transforms.ingest.listing import absolute

Path = str | os.PathLike[str]


@quiet()
def audit(
    inputs: Path | Iterable[Path] | Mapping[str, Pixels],
    output: Path | None = None,
    *,
    config: Given = None,
    runner: str = "local",
    beam_options: Sequence[str] = (),
    since: Path | None = None,
    refresh: bool = False,
    overwrite: bool = False,
    progress: bool = True,
) -> Audit:
    """Find the duplicates among images: the command `lookalike audit` as a function.

    The work is done in processes of its own, one for each core, or by the engine that `runner` names. The same images
    and configuration give the same tables on all of them.

    Args:
        inputs: what is searched: a folder, image, glob or manifest, on this machine or on a store, or several of them;
            or images in memory, by name: PIL images, numpy arrays of uint8 (h, w), (h, w, 3) RGB or (h, w, 4) RGBA, or
            encoded bytes. These are written without loss to a folder beside the output, `OUTPUT.images`, from which
            workers read them.
        output: folder or URL for the result. None: a temporary folder of this machine, which the Audit removes.
        config: what differs from the defaults: blocks, such as `{"confirm": {"probability": 0.9}}`, or a YAML file.
        runner: local, flink, dataflow, or any of Beam's.
        beam_options: options of Beam itself, such as `["--direct_num_workers=2"]`.
        since: an earlier audit; what it knows is not read again, and `Audit.delta` says what changed.
        refresh: read every image all the same.
        overwrite: replace a finished audit in `output`.
        progress: tell on stderr how far it is.

    Returns:
        The finished Audit.

    Raises:
        ConfigError: a value of the configuration, a runner or an option that is wrong.
        InputError: an input that is not there, or something that is no image.
        OutputError: the output holds something else, can't be written, or is in use; or the earlier audit can't be
            used.
        RuntimeError: the pipeline failed.

    Examples:
        >>> audit = lookalike.audit("photos", "out/audit")          # doctest: +SKIP
        >>> audit.clusters.to_pandas()                              # doctest: +SKIP
        >>> with lookalike.audit({"a": image, "b": other}) as audit:  # doctest: +SKIP
        ...     audit.duplicates()
    """
    configuration, options = checked(config), pipeline_options(runner, list(beam_options))
    owned = tempfile.mkdtemp(prefix="lookalike-") if output is None else None
    place = absolute(os.fspath(output)) if output is not None else f"{owned}/audit"
    try:
        if isinstance(inputs, Mapping):
            claim_output(place, overwrite)  # nothing is written beside an output that is refused
            names = [write_images(inputs, images_of(place))]
        else:
            names = (
                [os.fspath(inputs)] if isinstance(inputs, str | os.PathLike) else [os.fspath(name) for name in inputs]
            )
        earlier = None if since is None else os.fspath(since)
        log = "text" if progress else "none"
        request = AuditRequest(
            tuple(names), place, configuration, options, earlier, refresh, overwrite=overwrite, log=log
        )
        with as_guest():
            record = run_audit(request)
    except BaseException:
        if owned:
            shutil.rmtree(owned, ignore_errors=True)
        raise
    return Audit(place, record, owned)
