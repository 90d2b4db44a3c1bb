"""The local model of a folder's first run, chosen by the folder's languages."""

from pathlib import Path
from shlex import quote

from semsearch.documents.text.language_names import language_name
from semsearch.embedders.choice import Choice
from semsearch.embedders.local.e5 import has_e5
from semsearch.embedders.local.minilm_builds import URIS, has_minilm
from semsearch.embedders.registry import LOCAL_E5, LOCAL_MINILM, english_choice, without_key
from semsearch.indexer.folder_languages import FolderLanguages, languages_of_folder
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.pending_generation import stopped_embedder


def local_choice(corpus: Path, directory: IndexDirectory, settings: Settings) -> Choice:
    """Return minilm for a folder in English, else e5 where it is installed.

    A stopped first run keeps its model. Where only e5 is missing the notice tells how to get it.
    Where both are, the error that follows tells how to install the one that was chosen.
    """
    models = settings.models_directory
    stopped = stopped_embedder(directory)
    if stopped in URIS:
        return english_choice()
    if stopped == LOCAL_E5 or (has_e5(models) and not has_minilm(models)):
        return Choice(LOCAL_E5, (without_key(LOCAL_E5),))
    languages = languages_of_folder(corpus, settings)
    if languages.is_english:
        return english_choice()
    why = _why(languages)
    if has_e5(models) or not has_minilm(models):  # without both e5 is the one to install
        return Choice(LOCAL_E5, (f"{without_key(LOCAL_E5)}: {why}",))
    (notice,) = english_choice().notices
    advice = (
        f"semsearch models install e5, then semsearch rebuild --embedder {LOCAL_E5}"
        f" --index {quote(str(directory.path))}"
    )
    return Choice(LOCAL_MINILM, (f"{notice}; {why}, which {LOCAL_E5} knows: {advice}",))


def _why(languages: FolderLanguages) -> str:
    first, *more = languages.others
    named = language_name(first) + (" and others" if more else "")
    count = sum(languages.documents[language] for language in languages.others)
    if languages.total == 1:
        return f"the document looked at is in {named}"
    is_one = "is" if count == 1 else "are"
    return f"of {languages.total} documents looked at, {count} {is_one} in {named}"
