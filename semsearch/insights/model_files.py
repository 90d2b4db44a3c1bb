"""Save and load a model: arrays of numbers and names in a .npz file, never pickled objects."""

import io
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.errors import SettingsError
from semsearch.insights.classifier import Model
from semsearch.store.disk.atomic_files import put_file

_FORMAT: Final = 1
_MOST_BYTES: Final = 1 << 28  # unpacked: 8,000 labels of 4,096 dimensions


def save_model(path: Path, model: Model) -> None:
    """Write a model to a file (0600), whole or not at all; raises ``StorageFailed``."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        format=np.array(_FORMAT),
        embedder=np.array(model.embedder),
        labels=np.array(model.labels),
        weights=model.weights.astype(np.float32),
        offsets=model.offsets.astype(np.float32),
    )
    put_file(path, content.getvalue())


def load_model(path: Path) -> Model:
    """Read a file of ``save_model``; raises ``SettingsError`` for any other file."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > _MOST_BYTES:
                raise ValueError("it is too large")
        with np.load(path, allow_pickle=False) as kept:
            found = {name: kept[name] for name in kept.files}
        if int(found["format"]) != _FORMAT:
            raise ValueError(f"its format is {int(found['format'])}")
        model = Model(
            str(found["embedder"]),
            tuple(map(str, found["labels"].tolist())),
            found["weights"].astype(np.float64),
            found["offsets"].astype(np.float64),
        )
        shapes = model.weights.shape[:1] == model.offsets.shape == (len(model.labels),)
        finite = np.isfinite(model.weights).all() and np.isfinite(model.offsets).all()
        if model.weights.ndim != 2 or not shapes or not finite or len(set(model.labels)) < 2:
            raise ValueError("its arrays do not fit together")
    except OSError as error:
        raise SettingsError(f"cannot read the model {path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise SettingsError(
            f"{path} is no model that classify --save has written ({error})"
        ) from error
    return model
