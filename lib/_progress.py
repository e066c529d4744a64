"""What `progress=` of the COPY methods is called with."""


def takes_totals(function):
    """takes_totals(function) -> bool

    Whether *function* takes two arguments, the bytes and the rows so far, rather than one alone, as
    the ``update()`` of a progress bar does. One that does not tell is taken to take two.
    """
    import inspect

    try:
        inspect.signature(function).bind(0, 0)
    except TypeError:
        return False
    except ValueError:
        pass
    return True
