"""The folder of the agent's configuration, before or after the subcommand, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from heeler.cli.agent_common import cfgpath, config_and_hostname, load


@click.group("agent")
@click.option("-c", "--cfgpath")
@click.pass_context
def group(context: click.Context, cfgpath: str | None) -> None:
    context.obj = cfgpath


@group.command()
@cfgpath
@click.pass_context
def show(context: click.Context) -> None:
    config, hostname = config_and_hostname(context)
    click.echo(f"{config.directory} {hostname.name}")


@group.command()
@click.pass_context
def flagged(context: click.Context) -> None:
    click.echo(load(context, hostname="by-flag").text("hostname"))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "datadog.yaml").write_text("api_key: abc\nhostname: box\n")
    return tmp_path


def test_the_folder_may_be_given_before_or_after_the_subcommand(folder: Path, tmp_path: Path) -> None:
    wanted = f"{folder} box\n"
    assert call("-c", str(folder), "show").output == wanted
    assert call("show", "-c", str(folder)).output == wanted
    assert call("-c", str(tmp_path / "other"), "show", "--cfgpath", str(folder)).output == wanted
    assert call("-c", str(folder), "show", "-c", "").output == wanted


@pytest.mark.parametrize(
    "content", [b"a: [", b"\xff\xfe\x00", b"- a\n- b\n", b"text", b"a: !!python/object:os.system x", b"\0"]
)
def test_a_file_that_is_no_configuration_is_a_sentence(folder: Path, content: bytes) -> None:
    (folder / "datadog.yaml").write_bytes(content)
    result = call("-c", str(folder), "show")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.output.startswith("Error: ")
    assert "datadog.yaml" in result.output


def test_a_hostname_that_is_none_is_a_sentence_or_another_is_found(folder: Path) -> None:
    (folder / "datadog.yaml").write_text("api_key: abc\nhostname: 'no host'\n")
    result = call("-c", str(folder), "show")
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "no host\n" not in result.output
