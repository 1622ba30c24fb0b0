"""Settings of files that people send."""

from pathlib import Path

from pydantic import Field

from coursecove.settings.group import Group


class FileSettings(Group):
    """Where files of lessons lie, and how large one may be."""

    folder: Path | None = Field(
        None,
        validation_alias="COURSECOVE_FILES",
        description="Folder for the files of lessons, which every web and worker process reaches; unset: in the data folder.",
    )
    largest_mb: int = Field(
        50,
        ge=1,
        le=2000,
        validation_alias="COURSECOVE_FILE_LIMIT_MB",
        description="Megabytes that one file of a lesson may have; more is refused before it is read.",
    )

    @property
    def largest(self) -> int:
        return self.largest_mb * 1024 * 1024
