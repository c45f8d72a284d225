"""Which way a question is answered, from its form alone: passages and a short answer, things, or the whole corpus.

Most questions ask for one name, date or reason: passages hold it, over one hop or several.  Only a question that
plainly asks for more leaves that way: *local* where it asks openly about things that it names, *global* where it names
nothing and asks about a whole class of things or about the corpus itself.
"""

import re

from graphrag.answering.forms import QuestionForm

__all__ = ["GLOBAL", "LOCAL", "PASSAGES", "route"]

PASSAGES, LOCAL, GLOBAL = "passages", "local", "global"

_ADJECTIVES = (
    r"(?:main|major|key|common|overall|general|central|recurring|recurrent|dominant|important|biggest"
    r"|largest|broad(?:er)?"
    r"|prominent|significant|notable|top|prevailing|predominant|typical|frequent|leading|principal|primary|core|big"
    r"|influential|underlying|widespread|usual|chief|essential|crucial|popular|various|different)"
)
_CORPUS = (
    r"(?:documents?|corpus|collections?|datasets?|data\s+sets?|data|archives?|articles|papers|reports?|texts?|library"
    r"|files|sources|pages|passages|materials?|records|notes|letters|stories|reviews|literature"
    r"|knowledge\s+(?:base|graph)"
    r"|everything|wiki)"
)
_THEMES = (
    r"(?:themes?|topics?|subjects?|trends?|patterns?|communities|clusters?|groups?|groupings|ideas|threads?|motifs?"
    r"|issues|arguments|narratives?|findings|takeaways|insights|lessons|conclusions|players|similarities|differences"
    r"|contradictions|disagreements|commonalities)"
)
_ORDER = (
    r"(?:please\s+|can\s+you\s+|could\s+you\s+|i\s+(?:want|would\s+like)\s+)?(?:to\s+)?(?:give|write"
    r"|provide|show|list"
    r"|name|identify|describe|summari[sz]e|outline|compare|explain|discuss|analy[sz]e|characteri[sz]e|tell|introduce"
    r"|profile|sketch|map|enumerate|group|classify|categori[sz]e)\b"
)

_FIRST_WORD = re.compile(_ORDER + r"\s+", re.IGNORECASE)

# Asked openly about what is named ("§").
_OPEN = re.compile(
    rf"^{_ORDER}"
    r"|^(?:who|what)\s+(?:is|was|are|were)\s+(?:(?:the|an?)\s+)?§\W*$"
    r"|^(?:background|information|facts|details|an?\s+(?:overview|summary|profile)|overview|summary"
    r"|history)\s+(?:on|about|of)\b"
    r"|\bwhat\s+(?:is|was|are|were)\s+(?:the\s+)?(?:\w+\s+)?(?:relation(?:ship)?s?|connections?|links?"
    r"|ties)\s+between\b"
    r"|\bwhat\s+(?:is|was|has\s+been)\s+(?:\w+\s+)?(?:known|said|written|reported|recorded"
    r"|documented)\s+(?:about|of|on)\b"
    r"|\bwhat\s+(?:do|does|did|can|could|should|would)\s+(?:we|you|i|one)\s+(?:\w+\s+)?(?:know|tell|say|learn|find)\b"
    rf"|\bwhat\s+do(?:es)?\s+(?:the|these|this|your|our"
    rf"|all\s+the)\s+(?:\w+\s+)?{_CORPUS}\s+(?:\w+\s+){{0,2}}(?:about|on|of|regarding)\b"
    r"|^(?:how|in\s+what\s+ways?|in\s+which\s+ways?)\s+(?:are|is|was|were|do|does|did)\s+(?:the\s+)?§.*"
    r"\b(?:connected|related|linked|associated|tied|relate|connect|interact)\b"
    r"|^what\s+(?:links|connects|ties|relates)\s.*§.*§"
    r"|^(?:who|what|which\s+\w+(?:\s+and\s+\w+)?)\s+(?:is|are|was|were)\s+(?:connected|linked|related"
    r"|tied|associated|involved)\s+"
    r"(?:with|to|in)\s+(?:the\s+)?§[^§]*$"
    r"|^what\s+(?:is|was)\s+(?:the\s+)?§\d*\s+(?:all\s+)?about\W*$"
    r"|^what\s+is\s+the\s+story\s+(?:behind|of)\b"
)
# Asked openly too, unless the thing meant must first be found ("the country where …").
_EFFECT = re.compile(
    r"^what\s+(?:is|was|are|were)\s+(?:the\s+)?(?:\w+\s+){0,2}(?:impacts?|influences?|effects?"
    r"|consequences|significance"
    r"|importance|legacy|achievements|accomplishments|contributions|facts|themes|background|history"
    r"|aftermath|role|work"
    r"|story|implications)\s+(?:of|on|in|about|behind)\s+(?:\w+\s+){0,3}§[^§]*$"
    r"|^what\s+happened\s+(?:to|during|at|after|in|with|on)\s+(?:the\s+)?§[^§]*$"
    r"|^what\s+(?:role|part)\s+did\s+(?:the\s+)?§\d*\s+play\s+(?:in|during)\b"
    r"|^how\s+(?:did|do|does|has|have)\s+(?:the\s+)?§\d*\s+(?:influence|influenced|affect|affected|shape"
    r"|shaped|change|changed"
    r"|contribute|contributed|develop|developed|evolve|evolved|impact|impacted)\b"
)
# "Treaty of Versailles", "Marbury v. Madison": one name that no document carries as a whole.
_JOINED = re.compile(r"§(?:\s+(?:of(?:\s+the)?|vs?\.|van|von|de|der|del|la|du|al|bin)\s+§)+")
# A common noun whose meaning is asked for, also where a document is about it.
_MEANING = re.compile(r"(?i:what\s+(?:is|are)\s+an?)\s+[a-z]+\W*$")
_CLAUSE = re.compile(r"\b(?:where|whose|whom|who|which|that)\b")

# Asked of a whole: about the corpus, its themes, or all of a kind.
_WHOLE = re.compile(
    rf"\b(?:these|this|the|all|whole|entire|our|your|my|of)\s+(?:\w+\s+)?{_CORPUS}\b"
    rf"|\b{_ADJECTIVES}\s+(?:\w+\s+)?{_THEMES}\b|^(?:what|which)\s+{_THEMES}\b|^{_THEMES}\W*$"
    rf"|^what\s+(?:are|were)\s+the\s+(?:\w+\s+)?{_THEMES}\b|\boverview\b|\bsummary\b"
    r"|\bin\s+common\b|\bacross\s+(?:all|the|many|several|different|countries|borders|time)\b"
    r"|\bover\s+(?:time|the\s+(?:years|decades|centuries))\b"
    rf"|\b(?:what|who)\s+(?:are|were)\s+the\s+(?:\w+\s+){{0,2}}{_ADJECTIVES}\s|\b(?:kinds|types|sorts"
    rf"|categories)\s+of\b"
    r"|^who\s+(?:are|were)\s+the\s+(?:most|best)\b|\bthese\s+\w+|\bdescribed\s+here\b"
    rf"|^how\s+(?:do|does|did|are|were|have|is)\s+(?:the\s+|all\s+)?(?:\w+\s+){{0,5}}"
    r"(?:differ|relate|interact|connected|related|compare|linked|organi[sz]ed|overlap)\b"
)
# "Which directors worked …": a plural noun at the front asks for all of a kind.
_ALL_OF_A_KIND = re.compile(
    r"^(?:which|what)\s+(?:people|men|women|children|species|series|\w{2,}[^\Wsui]s)\s+"
    r"(?!of\s+the\s+two|(?:the|an?|this|that|its)\b)\w+"  # "what inhibits the …" has a verb there
)
# One thing is meant: by a clause ("the protein that …"), or by a name with a figure in it, which may be lower-case.
_ONE_THING = re.compile(
    r"\b(?:the|an?)\s+(?:[\w-]+\s+){0,3}[\w-]*[^\Ws]\s+(?:that|who|which|whose|whom|where)\s+\w"
    r"|\b[^\W\d_][\w-]*\d"
)
_NUMBERED = re.compile(r"^(?:which|what)\s+(?:years?|times|was|is|does|has|hours|days|dates|percent|words|series)\b")


def route(question: str, form: QuestionForm) -> str:
    """Decide how a question is answered.

    Parameters
    ----------
    question : str
        As asked.
    form : QuestionForm
        The question taken apart; its branches are the names found in it.

    Returns
    -------
    str
        ``"passages"``, ``"local"`` or ``"global"``.
    """
    text = _masked(question, form)
    if _MEANING.match(question):
        return PASSAGES
    if "§" in text:
        if _OPEN.search(text):
            return LOCAL
        simple = form.kind == "plain" and not _CLAUSE.search(text.split(" ", 1)[-1])
        return LOCAL if simple and _EFFECT.search(text) else PASSAGES
    if form.kind == "comparison":
        return PASSAGES
    if re.match(_ORDER, text) or _WHOLE.search(text):
        return GLOBAL
    of_a_kind = _ALL_OF_A_KIND.search(text) and not _NUMBERED.search(text) and not _ONE_THING.search(text)
    return GLOBAL if of_a_kind else PASSAGES


def _masked(question: str, form: QuestionForm) -> str:
    """Return the question in lower case with ``§`` for each name in it."""
    pieces, last = [], 0
    for branch in sorted(form.branches, key=lambda branch: branch.span):
        if branch.written == "I":
            continue
        # "Describe Marie Curie" begins with a capital, but not with a name.
        order = _FIRST_WORD.match(question) if branch.span.start == 0 else None
        start = order.end() if order and order.end() < branch.span.end else branch.span.start
        pieces += [question[last:start].replace("§", " "), "§"]
        last = max(last, branch.span.end)
    pieces.append(question[last:].replace("§", " "))
    return _JOINED.sub("§", " ".join("".join(pieces).lower().replace("’", "'").split()))
