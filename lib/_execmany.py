"""Many rows in few statements."""

from itertools import chain, islice

from psycopg2._psycopg import _execute_batch, _execute_values, cursor, encodings


def _paginate(seq, page_size):
    """Yield the items of an iterable in lists of *page_size*."""
    if not isinstance(page_size, int):
        raise TypeError(f"page_size must be an int, not {type(page_size).__name__}")
    if page_size < 1:
        raise ValueError(f"page_size must be at least 1, not {page_size}")
    items = iter(seq)
    while True:
        page = list(islice(items, page_size))
        if not page:
            return
        yield page


def execute_batch(cur, sql, argslist, page_size=100):
    """execute_batch(cur, sql, argslist, page_size=100)

    Execute *sql* once for each sequence or dictionary of parameters in *argslist*, joining up to
    *page_size* statements in one trip to the server.

    After it, the cursor has the result of the last statement alone: `rowcount` is not the total.
    Raises what `cursor.execute()` does.
    """
    mogrify = cur.mogrify

    def execute_page(page):
        cur.execute(b";".join([mogrify(sql, args) for args in page]))

    pages = _paginate(argslist, page_size)
    if _is_plain(cur):
        _execute_batch(cur, sql, pages, execute_page)
    else:
        for page in pages:
            execute_page(page)


def _is_plain(cur):
    """Tell whether a cursor executes by the driver's own methods."""
    names = ("execute", "mogrify")
    own = getattr(cur, "__dict__", ())
    return isinstance(cur, cursor) and all(
        getattr(type(cur), name) is getattr(cursor, name) and name not in own for name in names
    )


def execute_values(cur, sql, argslist, template=None, page_size=100, fetch=False):
    """execute_values(cur, sql, argslist, template=None, page_size=100, fetch=False) -> list or None

    Execute a statement with the values of many rows in it, up to *page_size* in one trip.

    *sql* has one ``%s``, which the rows of *argslist* take the place of, as in ``INSERT INTO t (a,
    b) VALUES %s``; a literal ``%`` is written ``%%``. *template* is what each row becomes, with
    the placeholders of `cursor.execute()`: ``(%s, now())``, or ``(%(a)s, %(b)s)`` for rows that
    are dictionaries. Without one it is a ``%s`` for each item of the first row.

    With *fetch* true, returns the rows that the statements returned, of all pages; else `None`,
    and the cursor has the result of the last page alone: `rowcount` is not the total.

    Raises `ValueError` where *sql* does not have one placeholder, and what `cursor.execute()`
    does.
    """
    before, after = _split_sql(_as_bytes(cur, sql, "query"))
    pages = _paginate(argslist, page_size)
    first = next(pages, None)
    if first is None:
        return [] if fetch else None
    if template is None:
        template = b"(" + b",".join([b"%s"] * len(first[0])) + b")"

    mogrify = cur.mogrify

    def execute_page(page):
        rows = b",".join([mogrify(template, args) for args in page])
        cur.execute(before + rows + after)

    pages = chain([first], pages)
    if fetch:
        result = []
        for page in pages:
            execute_page(page)
            result.extend(cur.fetchall())
        return result
    if len(first) == page_size and _is_plain(cur):
        template = _as_bytes(cur, template, "template")
        alone = not (isinstance(argslist, (list, tuple)) and len(argslist) > page_size)
        _execute_values(cur, before, template, after, pages, page_size, alone, execute_page)
    else:
        for page in pages:
            execute_page(page)
    return None


def _as_bytes(cur, sql, what):
    """Return SQL in the client encoding, whatever it is written as."""
    from psycopg2.sql import Composable

    if isinstance(sql, Composable):
        sql = sql.as_string(cur)
    if isinstance(sql, str):
        return sql.encode(encodings[cur.connection.encoding])
    if isinstance(sql, bytes):
        return sql
    raise TypeError(f"the {what} must be a string, not {type(sql).__name__}")


def _split_sql(sql):
    """Return what stands before and behind the one ``%s`` of a query, with ``%%`` made ``%``."""
    parts = [[]]
    pos = 0
    while True:
        percent = sql.find(b"%", pos)
        if percent < 0:
            parts[-1].append(sql[pos:])
            break
        parts[-1].append(sql[pos:percent])
        sign = sql[percent + 1 : percent + 2]
        if sign == b"s":
            parts.append([])
        elif sign == b"%" or not sign:
            parts[-1].append(b"%")
        else:
            raise ValueError(
                f"unsupported format character: '{sign.decode('ascii', 'replace')}' "
                f"at position {percent}"
            )
        pos = percent + 2
    if len(parts) == 1:
        raise ValueError("the query doesn't contain any '%s' placeholder")
    if len(parts) > 2:
        raise ValueError("the query contains more than one '%s' placeholder")
    return b"".join(parts[0]), b"".join(parts[1])
