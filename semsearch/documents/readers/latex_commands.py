r"""Commands of LaTeX and of common packages: which of their arguments no page shows.

A form has a letter for each argument that is left out, in order: ``m`` for {one}, ``o`` for [one],
``p`` for (one). The arguments behind them are text. Sources: "LaTeX2e: An unofficial reference
manual", and the manuals of amsmath, babel, beamer, biblatex, caption, geometry, graphicx, hyperref,
listings, multirow, natbib, siunitx, tabularx and xcolor.
"""

from typing import Final


def _by_name(names_of: dict[str, str]) -> dict[str, str]:
    return {name: form for form, names in names_of.items() for name in names.split()}


HIDDEN_ARGUMENTS: Final = _by_name(
    {
        "m": "label ref eqref pageref autoref nameref vref cref Cref vpageref input include subfile"
        " includeonly bibliographystyle bibliography addbibresource nocite pagestyle index glossary"
        " thispagestyle pagenumbering hspace vspace usetikzlibrary graphicspath hypersetup"
        " geometry lstset sisetup captionsetup selectlanguage setdefaultlanguage phantom hphantom"
        " setotherlanguage setotherlanguages vphantom cline stepcounter refstepcounter arabic roman"
        " Roman alph Alph fnsymbol value newcounter newlength newsavebox usebox usetheme tikzset"
        " usecolortheme usefonttheme useinnertheme useoutertheme setbeamertemplate fontfamily"
        " fontseries fontshape fontencoding linespread enlargethispage pgfplotsset newif"
        " theoremstyle"
        " hyphenation setstretch citestyle hyperlink hypertarget raisebox scalebox pdfinfo href"
        " foreignlanguage IfFileExists InputIfFileExists AtBeginDocument AtEndDocument"
        " DeclareUnicodeCharacter lstloadlanguages circle oval usecounter"
        " addtocategory defbibheading",
        "om": "usepackage RequirePackage documentclass documentstyle includegraphics setmainfont"
        " setsansfont setmonofont lstinputlisting includepdf bibitem rotatebox textcolor color"
        " colorbox rowcolor cellcolor columncolor inputminted",
        "o": "caption chapter section subsection subsubsection paragraph part frame footnote"
        " footnotetext hyperref",
        "mm": "setlength addtolength setcounter addtocounter settowidth settoheight settodepth"
        " numberwithin multicolumn resizebox fontsize markboth setbeamercolor setbeamerfont"
        " newglossaryentry crefname Crefname sbox addtokomafont setkomafont newunicodechar"
        " lstdefinestyle AtBeginEnvironment",
        "omm": "rule fcolorbox lstdefinelanguage newfontfamily newacronym",
        "mmm": "addcontentsline definecolor NewDocumentCommand RenewDocumentCommand ifthenelse"
        " DeclareDocumentCommand ProvideDocumentCommand",
        "mmmmmm": "DeclareFontShape",
        "oom": "cite citep citet citealp citealt citeauthor citeyear citeyearpar Citet Citep"
        " parencite textcite footcite autocite Parencite Textcite Autocite smartcite supercite"
        " fullcite citetitle",
        "oo": "makebox framebox",
        "ooom": "parbox",
        "omom": "multirow",
        "opm": "cmidrule",
        "p": "put",
        "pm": "line vector",
        "ppm": "multiput",
        "moomm": "newenvironment renewenvironment",
    }
)
HIDDEN_OF_ENVIRONMENT: Final = _by_name(
    {
        "o": "figure figure* table table* itemize enumerate description lstlisting Verbatim"
        " BVerbatim tikzpicture frame",
        "m": "multicols multicols* thebibliography otherlanguage spacing alignat"
        " alignat* alignedat",
        "om": "tabular array longtable subfigure minted supertabular tabu longtabu NiceTabular"
        " subtable",
        "mm": "list adjustwidth CJK CJK*",
        "mom": "tabular* tabularx tabulary",
        "ooom": "minipage",
        "omom": "wrapfigure wraptable",
        "pp": "picture",
    }
)
LISTINGS: Final = frozenset("verbatim Verbatim BVerbatim lstlisting minted alltt".split())
UNSEEN: Final = frozenset(
    "comment filecontents filecontents* tikzpicture pspicture pgfpicture".split()
)
# The name that such a command declares, in the preamble or elsewhere, is shown on the title page.
OF_TITLE_PAGE: Final = frozenset(
    """address affil affiliation author date dedication department email institute institution
    keywords lowertitleback publishers signature subject subtitle supervisor title titlehead
    uppertitleback university""".split()
)
# Commands of a preamble that take names or settings in words.
OF_PREAMBLE: Final = frozenset(
    """PassOptionsToPackage PassOptionsToClass DeclareMathAlphabet DeclareSymbolFont SetMathAlphabet
    SetSymbolFont DeclareFontFamily DeclareMathSymbol babelprovide babelfont ExplSyntaxOn
    AtBeginSection AtEndPreamble AtBeginBibliography titleformat titlespacing lhead chead rhead
    lfoot cfoot rfoot fancyhead fancyfoot sectionmark chaptermark ProvidesFile ProvidesPackage
    ProvidesClass NeedsTeXFormat DeclareGraphicsRule newenvironment MakeShortVerb
    DefineVerbatimEnvironment
    DeclareAcronym newglossary makeglossaries loadglsentries newtheoremstyle declaretheorem
    setcapindent deffootnote pdfbookmark ifpdf directlua typeout message""".split()
)
# Lengths and spaces, with a dimension behind.
DIMENSIONED: Final = frozenset(
    """baselineskip bigskipamount columnsep evensidemargin footskip headheight headsep hfuzz hoffset
    hsize hskip itemsep kern labelsep leftmargin mkern moveleft moveright mskip oddsidemargin
    overfullrule parindent parsep parskip raise lower tabcolsep textheight textwidth topmargin
    topsep
    unitlength voffset vsize vskip parfillskip leftskip rightskip hangindent hangafter penalty
    clubpenalty widowpenalty tolerance emergencystretch hbadness vbadness arraycolsep
    arraystretch""".split()
)
SIGNS: Final = {  # of mathematics, that stand for a letter or a word
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "hbar": "ℏ", "ell": "ℓ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "sum": "∑",
    "prod": "∏", "int": "∫", "oint": "∮", "infty": "∞", "partial": "∂", "nabla": "∇", "sqrt": "√",
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "leq": "≤", "le": "≤",
    "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈", "equiv": "≡", "sim": "∼",
    "simeq": "≃", "cong": "≅", "propto": "∝", "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉",
    "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "cup": "∪",
    "cap": "∩", "emptyset": "∅", "forall": "∀", "exists": "∃", "neg": "¬", "lnot": "¬",
    "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→",
    "leftarrow": "←", "gets": "←", "leftrightarrow": "↔", "Rightarrow": "⇒", "Leftarrow": "⇐",
    "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒", "mapsto": "↦", "longrightarrow": "⟶",
    "uparrow": "↑", "downarrow": "↓", "oplus": "⊕", "otimes": "⊗", "circ": "∘", "bullet": "•",
    "star": "⋆", "dagger": "†", "prime": "′", "angle": "∠", "perp": "⊥", "parallel": "∥",
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "dotsc": "…", "dotsb": "⋯", "mid": "|", "vert": "|",
    "setminus": "∖", "textbackslash": "\\", "backslash": "\\", "textasciitilde": "~",
    "textasciicircum": "^", "textbar": "|", "textless": "<", "textgreater": ">",
    "textquotedblleft": "“", "textquotedblright": "”", "textquoteleft": "‘", "quotedblbase": "„",
    "textbullet": "•", "textperiodcentered": "·", "textmu": "µ", "quad": " ", "qquad": " ",
    "enspace": " ", "thinspace": " ", "hfill": " ", "newline": " ", "par": " ",
    "tabularnewline": " ",
    "TeX": "TeX", "LaTeX": "LaTeX", "LaTeXe": "LaTeX2ε", "BibTeX": "BibTeX", "XeTeX": "XeTeX",
    "LuaTeX": "LuaTeX", "XeLaTeX": "XeLaTeX", "LuaLaTeX": "LuaLaTeX", "pdfLaTeX": "pdfLaTeX",
    "AmS": "AMS", "MF": "METAFONT", "lbrace": "{", "rbrace": "}",
    **{name: name for name in """arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd
    hom inf ker lg lim liminf limsup ln log max min Pr sec sin sinh sup tan tanh""".split()},
}  # fmt: skip
