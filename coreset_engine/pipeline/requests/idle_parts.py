"""Parts of a request that nothing asked for would use."""

from collections.abc import Collection

from coreset_engine.coreset import FULL
from coreset_engine.errors import ConfigError
from coreset_engine.recommended import AUTO, ITS_OWN

_ALL = f"Method {FULL} keeps all samples, so that rule, class budgets and cut-off change nothing. Leave them out."


def refuse_idle(names: Collection[str], references: Collection[str], *, shares: bool, ruled: bool) -> None:
    """Refuse a rule, class budgets or a cut-off of no use: `auto` chooses its own, and `full` keeps all samples.

    Args:
        names: methods, with options of their own.
        references: Random among them uses class budgets and cut-off.
        shares: whether class budgets or a cut-off are given.
        ruled: whether a rule is.

    Raises:
        ConfigError: none of the methods would use what is given.
    """
    asked = {name.partition(":")[0] for name in names}
    if asked and asked <= {AUTO, FULL} and (ruled or (shares and "random" not in references)):
        raise ConfigError(ITS_OWN if AUTO in asked else _ALL)
