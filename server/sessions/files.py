"""Files: a run as a model's file or as a script, and a run from a model's file."""

from engine import Trainer, View
from engine.interchange.export import FRAMEWORKS
from engine.interchange.export import export as script
from engine.interchange.model_file import ModelFile, ModelFileError, model_from_json, model_to_json
from server.protocol import messages as protocol
from server.sessions.training import Refused


def saved(trainer: Trainer, view: View, command: protocol.Save) -> protocol.File:
    """Return the file that a learner asks for."""
    if command.what in FRAMEWORKS:
        return protocol.File(rev=command.rev, name=f"network_{command.what}.py", text=script(trainer, command.what))
    return protocol.File(rev=command.rev, name="model.json", text=model_to_json(trainer, view))


def opened(command: protocol.Open) -> ModelFile:
    """Read a model's file; Refused names what is wrong in it."""
    try:
        return model_from_json(command.text)
    except ModelFileError as error:
        raise Refused(error.mistake) from error
