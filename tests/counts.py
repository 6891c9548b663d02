"""Reading what is told in numbers, as Prometheus does."""

from prometheus_client.parser import text_string_to_metric_families

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Series:
    """Give every series, by its name and labels, and its value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(series: Series, name: str, **labels: str) -> dict[tuple[str, ...], float]:
    """Give the values of a name that are not 0, by the values of all other labels than these."""
    found = {}
    for (named, pairs), value in series.items():
        own = dict(pairs)
        if named == f"summitqa_{name}" and value and labels.items() <= own.items():
            found[tuple(val for key, val in pairs if key not in labels)] = value
    return found
