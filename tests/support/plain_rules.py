"""Which commands RFC 3501 has and in which forms, and which lean on QRESYNC. Pure: tokens in, the reason for a refusal out."""

from .imap_wire import Literal, Quoted

# verb: (fewest, most) arguments
COUNTS = {
    b"CAPABILITY": (0, 0), b"NOOP": (0, 0), b"LOGOUT": (0, 0), b"LOGIN": (2, 2), b"SELECT": (1, 1), b"EXAMINE": (1, 1),
    b"CREATE": (1, 1), b"DELETE": (1, 1), b"RENAME": (2, 2), b"SUBSCRIBE": (1, 1), b"UNSUBSCRIBE": (1, 1), b"LIST": (2, 2),
    b"LSUB": (2, 2), b"STATUS": (2, 2), b"APPEND": (2, 4), b"CHECK": (0, 0), b"CLOSE": (0, 0), b"EXPUNGE": (0, 0),
    b"SEARCH": (1, None), b"FETCH": (2, 2), b"STORE": (3, None), b"COPY": (2, 2), b"UID": (2, None),
}
UID_VERBS = {b"COPY", b"FETCH", b"SEARCH", b"STORE"}
STATUS_ITEMS = {b"MESSAGES", b"RECENT", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN"}
FETCH_ITEMS = {b"ALL", b"FAST", b"FULL", b"ENVELOPE", b"FLAGS", b"INTERNALDATE", b"RFC822", b"RFC822.HEADER", b"RFC822.SIZE",
               b"RFC822.TEXT", b"BODYSTRUCTURE", b"BODY", b"UID"}
STORE_ITEMS = {sign + b"FLAGS" + end for sign in (b"", b"+", b"-") for end in (b"", b".SILENT")}
SEARCH_ARGUMENTS = {
    **dict.fromkeys([b"ALL", b"ANSWERED", b"DELETED", b"DRAFT", b"FLAGGED", b"NEW", b"OLD", b"RECENT", b"SEEN", b"UNANSWERED",
                     b"UNDELETED", b"UNDRAFT", b"UNFLAGGED", b"UNSEEN", b"NOT", b"OR"], 0),
    **dict.fromkeys([b"BCC", b"BEFORE", b"BODY", b"CC", b"FROM", b"KEYWORD", b"LARGER", b"ON", b"SENTBEFORE", b"SENTON",
                     b"SENTSINCE", b"SINCE", b"SMALLER", b"SUBJECT", b"TEXT", b"TO", b"UID", b"UNKEYWORD", b"CHARSET"], 1),
    b"HEADER": 2,
}


def allowed(command: list, whole: bool = True) -> bytes:
    """Empty for a command of RFC 3501, else why it is refused. whole=False looks at the verb alone."""
    if not command or not isinstance(command[0], bytes):
        return b"no command"
    verb = command[0].upper()
    if verb not in COUNTS:
        return b"unknown command"
    if not whole:
        return b""
    fewest, most = COUNTS[verb]
    arguments = command[1:]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        return b"wrong number of arguments"
    rule = RULES.get(verb)
    return rule(arguments) if rule else _only_strings(arguments)


def _only_strings(arguments: list) -> bytes:
    return b"" if all(isinstance(argument, bytes) for argument in arguments) else b"unexpected list"


def _uid(arguments: list) -> bytes:
    return allowed(arguments) if arguments[0].upper() in UID_VERBS else b"unknown UID command"


def _status(arguments: list) -> bytes:
    items = arguments[1]
    good = isinstance(items, list) and items and all(item.upper() in STATUS_ITEMS for item in items)
    return b"" if good else b"unknown STATUS item"


def _append(arguments: list) -> bytes:
    middle = arguments[1:-1]
    if not isinstance(arguments[-1], Literal):
        return b"APPEND wants one literal"
    if middle and isinstance(middle[0], list):
        middle = middle[1:]
    good = len(middle) <= 1 and all(isinstance(date, Quoted) for date in middle)
    return b"" if good else b"APPEND of an extension"


def _set(argument) -> bytes:
    good = isinstance(argument, bytes) and argument and not argument.strip(b"0123456789:,*")
    return b"" if good else b"not a set of numbers"


def _fetch(arguments: list) -> bytes:
    items = arguments[1] if isinstance(arguments[1], list) else [arguments[1]]
    for item in items:
        if not isinstance(item, bytes):
            return b"unexpected list"
        name = item.upper()
        if name not in FETCH_ITEMS and not name.startswith((b"BODY[", b"BODY.PEEK[")):
            return b"unknown FETCH item"
    return _set(arguments[0])


def _store(arguments: list) -> bytes:
    if not isinstance(arguments[1], bytes) or arguments[1].upper() not in STORE_ITEMS:
        return b"unknown STORE item"
    return _set(arguments[0])


def _search(arguments: list) -> bytes:
    left = list(arguments)
    while left:
        key = left.pop(0)
        if isinstance(key, list):
            if reason := _search(key):
                return reason
            continue
        name = key.upper()
        if name in SEARCH_ARGUMENTS:
            del left[:SEARCH_ARGUMENTS[name]]
        elif _set(key):
            return b"unknown SEARCH key"
    return b""


RULES = {b"UID": _uid, b"STATUS": _status, b"APPEND": _append, b"FETCH": _fetch, b"STORE": _store, b"SEARCH": _search,
         b"COPY": lambda arguments: _set(arguments[0])}


def without_qresync(command: list, whole: bool = True) -> bytes:
    """Why a command that leans on QRESYNC (RFC 7162 section 3.2) is refused; all others pass."""
    for word in command:
        if isinstance(word, list):
            if reason := without_qresync(word):
                return reason
        elif not isinstance(word, (Literal, Quoted)) and word.upper() in (b"QRESYNC", b"VANISHED"):
            return b"QRESYNC is not announced"
    return b""
