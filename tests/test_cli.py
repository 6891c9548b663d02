"""The command: what it prints and ends with, run as a user runs it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa_bot.commands import cli
from summitqa_bot.state import State
from summitqa_index.export.pinned import MINILM
from summitqa_index.sources.shelf import BUNDLED
from tests.command import ran
from tests.conftest import shared
from tests.test_state import ASKED


@pytest.fixture
def run(real_home: Path, capsys, monkeypatch):
    """Run ``summitqa`` in this process, in a data folder of its own; give (code, out, err)."""
    monkeypatch.setenv("SUMMITQA_HOME", str(real_home))
    monkeypatch.chdir(real_home)

    def command(*arguments: str, **environ: str) -> tuple[int, str, str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return ran(monkeypatch, capsys, *arguments)

    return command


def test_a_first_question_builds_the_index_and_is_answered_with_a_citation(run):
    code, out, _ = run("ask", "Which slogan was on the backdrop?")
    assert code == 0
    assert "Pursuing Peace" in out
    assert "[1]" in out
    assert "¶" in out


def test_ask_json_keeps_the_contract_and_its_quote_is_the_articles_own(run):
    code, out, _ = run("ask", "Which slogan was on the backdrop?", "--json")
    answer = json.loads(out)
    first = answer["passages"][0]
    article = (BUNDLED / "alaska-summit.md").read_text("utf-8")
    assert code == 0
    assert answer["found"] is True
    assert 0 <= answer["confidence"] <= 1
    assert article[first["start"] : first["end"]] == first["quote"]
    assert first["quote"] in first["text"]
    assert (first["article"], first["published"], first["url"]) == (
        "alaska-summit",
        "2025-08-16",
        None,
    )


def test_what_nothing_answers_ends_with_1_and_the_nearest(run):
    code, out, _ = run("ask", "How do I make sourdough bread rise?", "--json")
    assert code == 1
    assert json.loads(out)["found"] is False
    assert json.loads(out)["passages"]


@pytest.mark.parametrize("question", ["", " ", "?!", "why", "x " * 5000, "\a\b"])
def test_what_is_no_question_ends_with_2_and_one_sentence(run, question):
    code, out, err = run("ask", question)
    assert (code, out) == (2, "")
    assert err.strip()
    assert "Traceback" not in err


def test_an_unknown_article_ends_with_2_and_names_those_there_are(run):
    code, _, err = run("ask", "What happened then?", "--article", "nope")
    assert code == 2
    assert "nope" in err
    assert "alaska-summit" in err


def test_a_malformed_setting_ends_with_2_and_names_the_variable(run):
    code, _, err = run("status", SUMMITQA_WORKERS="several")
    assert code == 2
    assert "SUMMITQA_WORKERS" in err
    assert "several" in err


@pytest.mark.parametrize(
    ("platform", "variable"), [("discord", "DISCORD_TOKEN"), ("slack", "SLACK_BOT_TOKEN")]
)
def test_a_bot_without_its_token_says_which_is_missing(run, platform, variable):
    code, _, err = run(platform)
    assert code == 2
    assert variable in err


@pytest.mark.parametrize("command", ["status", "versions", "verify", "audit", "rollback"])
def test_a_folder_that_is_not_there_is_told_of_and_not_made(run, tmp_path, command):
    code, out, err = run("--home", str(tmp_path / "typo"), command, COLUMNS="1000")
    assert (code, out) == (2, "")
    assert f"There is no index in {tmp_path / 'typo'} yet" in err
    assert not (tmp_path / "typo").exists()


def test_an_empty_folder_is_told_of_in_words(run, tmp_path):
    before = set(tmp_path.rglob("*"))
    assert "Nothing is in the audit log" in run("--home", str(tmp_path), "audit")[1]
    code, _, err = run("--home", str(tmp_path), "versions", COLUMNS="1000")
    assert (code, "There is no index in" in err) == (2, True)
    assert set(tmp_path.rglob("*")) == before


def test_a_dry_run_needs_no_folder_and_makes_none(run, tmp_path):
    before = set(tmp_path.rglob("*"))
    code, out, _ = run("--home", str(tmp_path / "none"), "index", "--dry-run", "--json")
    assert (code, json.loads(out)["added"]) == (0, 1)
    assert set(tmp_path.rglob("*")) == before


def test_a_question_may_be_several_words_and_ids_are_never_cut(run):
    code, out, _ = run("ask", "Which", "slogan", "was", "on", "the", "backdrop?", "--json")
    assert (code, json.loads(out)["question"]) == (0, "Which slogan was on the backdrop?")
    version = json.loads(run("status", "--json")[1])["index_version"]
    assert version in run("versions", COLUMNS="40")[1]


def test_status_without_an_index_says_how_to_make_one(run):
    code, _, err = run("status")
    assert code == 2
    assert "summitqa index" in err


def test_index_status_verify_versions_and_rollback(run, tmp_path):
    article = tmp_path / "bridge.md"
    article.write_text(
        "# Bridges\n\nThe first bridge was a log.\n\nIt floated away in spring.\n", "utf-8"
    )
    code, out, _ = run("index", str(article), "--json")
    first = json.loads(out)
    assert code == 0
    assert (first["added"], first["skipped"]) == (1, [])
    article.write_text("# Bridges\n\nThe first bridge was a log.\n\nIt sank in autumn.\n", "utf-8")
    second = json.loads(run("index", str(article), "--json")[1])
    assert (second["changed"], second["reused"]) == (1, 1)
    status = json.loads(run("status", "--json")[1])
    assert set(status) >= {
        "index_version",
        "built_at",
        "model",
        "articles",
        "passages",
        "sentences",
        "bytes",
    }
    assert (status["index_version"], status["articles"], status["passages"]) == (
        second["index_version"],
        1,
        2,
    )
    assert run("verify")[0] == 0
    assert first["index_version"] in run("versions")[1]
    assert first["index_version"] in run("rollback")[1]
    assert json.loads(run("ask", "What floated away in spring?", "--json")[1])["passages"][0][
        "quote"
    ].endswith("spring.")


def test_the_original_article_is_found_well_enough(run):
    assert run("index", str(shared("article", "alaska-summit.txt")))[0] == 0
    assert json.loads(run("status", "--json")[1])["passages"] == 14
    code, out, _ = run("eval", str(shared("questions", "alaska-summit.jsonl")), "--json")
    figures = json.loads(out)
    assert code == 0
    assert (figures["questions"], figures["answerable"]) == (44, 30)
    assert figures["recall@1"] >= 0.80


def test_an_unforeseen_error_is_a_sentence_with_an_id_and_its_trace_holds_no_token(
    run, monkeypatch, tmp_path
):
    canary = "xoxb-canary-0123456789"

    def broken() -> None:
        raise RuntimeError(f"failed with {canary}")

    monkeypatch.setattr(cli.assemble, "settings", broken)
    monkeypatch.setattr(cli.logs.tempfile, "gettempdir", lambda: str(tmp_path))
    code, out, err = run("status", SLACK_BOT_TOKEN=canary)
    assert code == 3
    assert "error" in err
    assert "Traceback" not in out + err
    (trace,) = tmp_path.glob("summitqa-error-*.txt")
    assert "RuntimeError" in trace.read_text("utf-8")
    assert canary not in trace.read_text("utf-8") + err


def test_control_characters_of_an_article_never_reach_the_screen(run, tmp_path):
    hostile = tmp_path / "hostile.md"
    hostile.write_text(
        "The door \x1b[31mis red\x1b[0m and [bold]locked[/bold] at night.\n\nNobody has a key to it.\n",
        "utf-8",
    )
    run("index", str(hostile))
    _, out, _ = run("ask", "Which colour is the door at night?")
    assert "\x1b" not in out
    assert "[bold]locked[/bold]" in " ".join(out.split())


def test_the_version_is_told(run):
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("summitqa ")
    assert out.split()[1][0].isdigit()


def test_a_setting_of_a_named_file_is_read(run, tmp_path):
    named = tmp_path / "named.env"
    named.write_text("SUMMITQA_WORKERS=several\n")
    code, _, err = run("--env-file", str(named), "status")
    assert (code, err.count("SUMMITQA_WORKERS")) == (2, 1)


def test_a_slip_in_a_name_is_warned_of_once_and_the_home_named_before_the_command_is_looked_in(
    run, tmp_path
):
    code, _, err = run("--home", str(tmp_path / "other"), "status", SUMMITQA_PASAGES="3")
    assert code == 2
    assert str(tmp_path / "other") in "".join(err.split())
    assert err.count("SUMMITQA_PASAGES") == err.count("SUMMITQA_PASSAGES") == 1


def test_one_person_is_erased_by_the_id_of_either_platform_and_the_audit_log_is_told(
    run, real_home
):
    state = State(real_home)
    for number, (platform, user) in enumerate([("slack", "U0123ABC"), ("discord", "2" * 18)]):
        asked = replace(ASKED, ref=f"r{number}", platform=platform, asker=state.hashed(user))
        state.save_answer(asked)
        state.audit(f"{platform}:{user}", "reindex", "done")
    code, out, _ = run("forget", "<@U0123ABC>")
    assert code == 0
    assert "answers with their questions: 1;" in " ".join(out.split())
    assert "lines of the audit log: 1;" in " ".join(out.split())
    assert (state.answer("r0"), state.answer("r1") is None) == (None, False)
    run("forget", "2" * 18)
    assert state.answer("r1") is None
    who, action, result = state.audit_log(1)[0]
    assert (who, action.split()[:2]) == ("terminal", ["forget", "discord"])
    assert result == "1 answer, 0 thumbs"
    assert "2" * 18 not in action
    _, out, _ = run("audit", "--count", "3")
    assert [line.split()[3] for line in out.splitlines()] == [
        "discord:" + "2" * 18,
        "terminal",
        "terminal",
    ]
    code, _, err = run("forget", "Anna")
    assert code == 2
    assert "'Anna' is no user id" in err
    state.close()


def test_verify_names_a_damaged_model_and_ask_says_how_to_mend_it(run, real_home, minilm):
    shutil.copytree(minilm / "models", real_home / "models")
    (words,) = real_home.glob("models/*/tokenizer.json")
    whole = words.read_bytes()
    chosen = {"SUMMITQA_MODEL": MINILM, "COLUMNS": "1000"}
    assert run("index", **chosen)[0] == 0
    assert run("verify", **chosen) == (0, "every file is whole\n", "")
    words.write_bytes(whole.replace(b'"the": 1996', b'"the": 8400'))
    code, out, _ = run("verify", **chosen)
    assert code == 3
    assert f"damaged: {words.relative_to(real_home)}" in out
    assert "exported anew" in out
    code, _, err = run("ask", "What did Putin demand?", **chosen)
    assert code == 2
    assert "tokenizer.json is not what was sealed; delete that folder" in err
    words.write_bytes(whole)
    assert run("verify", **chosen)[0] == 0
