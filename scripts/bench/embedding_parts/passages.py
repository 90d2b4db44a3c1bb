"""Passages of four kinds, the same in each run: prose, code, Chinese and tables of numbers.

Prose is drawn from the sample corpus, sentence by sentence; code from Python's standard library;
Chinese from common words; numbers at random. Kinds come in runs, as documents do.
"""

import random
import re
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[3]
_SHORTEST: Final = 200  # characters; semsearch cuts at 1,000 by default
_LONGEST: Final = 1000
_LONGEST_RUN: Final = 40  # passages of one kind in a row
_CHINESE: Final = """
    我们 他们 城市 河流 图书馆 研究 发现 学生 老师 历史 经济 问题 因为 所以 但是 如果 可以
    需要 重要 不同 时间 地方 已经 开始 工作 生活 国家 世界 技术 数据 语言 文化 环境 水 山 春天
    冬天 蜜蜂 花园 厨房 面包 灯塔 潮汐 观测 维修 合同 房东 租金 疫苗 温度 压力 测量 报告 会议
    决定 方法 结果 的 了 在 是 和 与 不 也 很 都 就 从 对 把 被 到 向 而 或
    """.split()


def passages(count: int, seed: int = 1) -> Iterator[str]:
    """Yield so many distinct passages."""
    draw = random.Random(seed)
    makers = (_prose(draw), _code(draw), _chinese(draw), _numbers(draw))
    made = 0
    while made < count:
        make = draw.choice(makers)
        for _ in range(min(draw.randint(1, _LONGEST_RUN), count - made)):
            made += 1
            yield f"{made}. {make(draw.randint(_SHORTEST, _LONGEST))}"


def short_passages(count: int, seed: int = 2) -> Iterator[str]:
    """Yield so many passages of 200 characters of prose, for large loads."""
    draw = random.Random(seed)
    make = _prose(draw)
    for number in range(count):
        yield f"{number}. {make(_SHORTEST)}"


Maker = Callable[[int], str]


def _prose(draw: random.Random) -> Maker:
    sentences = [
        sentence
        for path in sorted((_ROOT / "sample_corpus").rglob("*"))
        if path.suffix in (".md", ".txt") and path.parent.name not in ("deutsch", "francais")
        for sentence in re.split(r"(?<=[.!?])\s+", path.read_text(encoding="utf-8"))
    ]
    return lambda size: _filled(lambda: draw.choice(sentences), size)


def _code(draw: random.Random) -> Maker:
    library = Path(sysconfig.get_path("stdlib"))
    names = ("argparse", "ast", "datetime", "inspect", "mailbox", "tarfile", "typing", "zipfile")
    sources = [path for name in names if (path := library / f"{name}.py").is_file()]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return lambda size: code[(at := draw.randrange(len(code) - size)) : at + size]


def _chinese(draw: random.Random) -> Maker:
    def clause() -> str:
        words = "".join(draw.choices(_CHINESE, k=draw.randint(5, 12)))
        return words + draw.choice("，，。；")

    return lambda size: _filled(clause, size, between="")


def _numbers(draw: random.Random) -> Maker:
    def row() -> str:
        return ",".join(f"{draw.uniform(0, 10_000):.2f}" for _ in range(8))

    return lambda size: _filled(row, size, between="\n")


def _filled(make: Callable[[], str], size: int, between: str = " ") -> str:
    """Pieces up to a size, cut to it."""
    pieces: list[str] = []
    length = 0
    while length < size:
        pieces.append(make())
        length += len(pieces[-1]) + len(between)
    return between.join(pieces)[:size]
