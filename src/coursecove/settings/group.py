"""What every group of settings has in common."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Group(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )
