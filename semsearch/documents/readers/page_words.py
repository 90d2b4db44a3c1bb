"""Words beside the number of a page: "Page 3 of 9", "Seite 3 von 9"."""

from typing import Final

# In the languages of Europe, in Turkish, Indonesian, Vietnamese, Chinese, Japanese and Korean.
PAGE_WORDS: Final = frozenset(
    """page pages p pp pg of seite seiten s von de du sur di da pagina pagine pag página páginas
    pág side sida sidan sid sivu sivut av af z ze strona stron strony str stránka strana stran
    oldal din стр страница страницы из сторінка з σελίδα από sayfa trang halaman hal dari 第 页 頁
    共 ページ 쪽 페이지""".split()
)
