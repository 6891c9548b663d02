"""Text that is kept encrypted: who reads the database, or a copy of it, learns nothing of it."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Text, TypeDecorator

from summitqa.errors import SettingsError
from summitqa_bot import strings


class Keys:
    """The keys of SUMMITQA_TOKEN_KEY: the first seals, each of them opens.

    Fernet's: AES-128-CBC under HMAC-SHA256 (github.com/fernet/spec).
    """

    def __init__(self, written: str) -> None:
        keys = [Fernet(key.strip()) for key in written.split(",")]
        self._newest, self._all = keys[0], MultiFernet(keys)

    def seal(self, text: str) -> str:
        """Encrypt a text."""
        return self._all.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt a text; SettingsError where none of the keys has encrypted it."""
        try:
            return self._all.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SettingsError(strings.SLACK_SEALED_OTHERWISE) from None

    def renewed(self, sealed: str) -> str | None:
        """Encrypt a text with the newest key; None where it is so already.

        SettingsError where none of the keys has encrypted it.
        """
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None


class Sealed(TypeDecorator[str]):
    """A column of text that is encrypted on its way in, and decrypted on its way out."""

    impl = Text
    cache_ok = True

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys

    def process_bind_param(self, value: str | None, _dialect: Any) -> str | None:
        """Give what is stored."""
        return value and self.keys.seal(value)

    def process_result_value(self, value: str | None, _dialect: Any) -> str | None:
        """Give what was meant."""
        return value and self.keys.open(value)
