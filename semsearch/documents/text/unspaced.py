"""Scripts that put no blank between words."""

from typing import Final

# Thai, Lao, Myanmar, Khmer; kana, Han, Hangul. (Korean has blanks, but writes particles at the end
# of a word.) The inside of a class of a regular expression.
UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
    "\U00020000-\U0003ffff"
)
