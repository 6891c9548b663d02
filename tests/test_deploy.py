"""What is deployed with: the image, compose, systemd and Kubernetes say the same, and give little away."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from summitqa_bot.commands.environment import IN_FILES
from summitqa_bot.running import STOP_SECONDS
from summitqa_bot.settings import SECRETS, VARIABLES, Settings

ROOT = Path(__file__).parent.parent
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
OVERLAY = ROOT / "deploy" / "kubernetes-replicas"
UNIT = ROOT / "deploy" / "summitqa.service"
FILES = ["Dockerfile", "compose.yaml", "deploy/summitqa.service", *(
    str(path.relative_to(ROOT)) for path in (*MANIFESTS, *sorted(OVERLAY.glob("*.yaml")))
)]  # fmt: skip


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def dockerfile() -> list[str]:
    """Give its instructions, each on one line."""
    joined = re.sub(r"\\\n\s*", " ", text("Dockerfile"))
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def last_stage() -> list[str]:
    lines = dockerfile()
    return lines[max(at for at, line in enumerate(lines) if line.startswith("FROM ")) :]


def manifest(kind: str) -> dict[str, Any]:
    (found,) = [one for one in map(yaml.safe_load, (path.read_text("utf-8") for path in MANIFESTS))
                if one["kind"] == kind]  # fmt: skip
    return found


@pytest.fixture
def pod() -> dict[str, Any]:
    return manifest("StatefulSet")["spec"]["template"]["spec"]


@pytest.fixture
def bot() -> dict[str, Any]:
    return yaml.safe_load(text("compose.yaml"))["services"]["bot"]


@pytest.fixture(scope="module")
def overlaid() -> dict[str, dict[str, Any]]:
    """Give what is applied of the overlay, by its kind."""
    kubectl = shutil.which("kubectl") or pytest.skip("no kubectl here")
    built = subprocess.run(
        [kubectl, "kustomize", OVERLAY], capture_output=True, text=True, check=True
    )
    return {one["kind"]: one for one in yaml.safe_load_all(built.stdout)}


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_is_told_is_one(name: str):
    known = {*VARIABLES, *IN_FILES}
    for told in re.findall(r"\b(?:SUMMITQA|DISCORD|SLACK)_[A-Z_]+\b", text(name)):
        assert told in known, f"{name} tells of {told}"


@pytest.mark.parametrize("name", FILES)
def test_no_secret_stands_in_a_file(name: str):
    for line in text(name).splitlines():
        for secret in SECRETS:
            if said := re.search(rf"\b{secret}[=:]\s*(\S+)", line):
                assert said[1] in {'""', "postgresql://summitqa:…@postgres/summitqa"}, line


def test_the_images_settings_can_be_used():
    (line,) = [line for line in last_stage() if line.startswith("ENV ")]
    said = dict(one.split("=", 1) for one in line.removeprefix("ENV ").split())
    chosen = Settings.from_env({name: value for name, value in said.items() if name != "PATH"})
    assert str(chosen.home) == "/data"
    assert (chosen.web_host, chosen.slack_host) == ("0.0.0.0", "0.0.0.0")


def test_the_image_is_not_root_and_keeps_its_data_in_a_volume():
    assert "USER 10001:10001" in last_stage()
    assert "VOLUME /data" in last_stage()
    assert 'CMD ["serve"]' in last_stage()


def test_both_stages_stand_on_the_same_base_for_any_machine():
    bases = [line.split()[1] for line in dockerfile() if line.startswith("FROM ")]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert "--platform" not in text("Dockerfile")
    assert not re.search("amd64|x86_64|arm64|aarch64", text("Dockerfile"))


def test_the_image_installs_what_is_locked_and_nothing_that_is_to_be_compiled():
    (first, second) = [line for line in dockerfile() if "pip install" in line]
    assert "--require-hashes -r requirements.lock" in first
    assert "--only-binary :all:" in first
    assert "--no-deps ." in second
    assert "COPY deploy/requirements.lock ./" in dockerfile()


def test_what_is_copied_is_let_in_and_nothing_else():
    copied = [line.split()[1:-1] for line in dockerfile()
              if line.startswith("COPY ") and "--from" not in line]  # fmt: skip
    first, *rest = [line for line in text(".dockerignore").splitlines() if line]
    assert first == "*"
    let_in = {line.removeprefix("!") for line in rest if line.startswith("!")}
    assert let_in == {name for names in copied for name in names}
    assert all((ROOT / name).exists() for name in let_in)


def test_compose_lets_the_bot_do_little(bot: dict[str, Any]):
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["volumes"] == ["data:/data"]
    assert all(port.startswith("127.0.0.1:") for port in bot["ports"])


def test_compose_needs_neither_env_nor_postgres(bot: dict[str, Any]):
    assert [one["required"] for one in bot["env_file"]] == [False]
    assert bot["depends_on"]["postgres"]["required"] is False
    assert yaml.safe_load(text("compose.yaml"))["services"]["postgres"]["profiles"] == [
        "postgres",
        "replicas",
    ]


def test_composes_replicas_are_bots_with_a_home_each_on_one_database(bot: dict[str, Any]):
    replica = yaml.safe_load(text("compose.yaml"))["services"]["replica"]
    own = {"profiles", "ports", "volumes", "depends_on"}
    assert {name: replica[name] for name in replica.keys() - own} == {
        name: bot[name] for name in bot.keys() - own
    }
    assert replica["profiles"] == ["replicas"]
    assert replica["ports"] == []  # any number of them on one machine
    assert replica["volumes"] == ["/data"]  # with no name: a new one for each
    assert replica["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_pod_keeps_to_the_restricted_standard(pod: dict[str, Any]):
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_pod_is_looked_after_where_the_image_tells_its_health(pod: dict[str, Any]):
    (container,) = pod["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert f"SUMMITQA_HEALTH=0.0.0.0:{ports['health']}" in "\n".join(last_stage())
    assert ports["page"] == Settings().web_port
    probed = {name: container[name]["httpGet"] for name in container if name.endswith("Probe")}
    assert {name: one["path"] for name, one in probed.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert {one["port"] for one in probed.values()} == {"health"}


def test_there_is_one_pod_and_its_data_outlives_it(pod: dict[str, Any]):
    spec = manifest("StatefulSet")["spec"]
    assert spec["replicas"] == 1
    (claim,) = spec["volumeClaimTemplates"]
    mounts = {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"]}
    assert mounts["/data"] == claim["metadata"]["name"]
    assert mounts["/tmp"] in {one["name"] for one in pod["volumes"]}


def test_the_manifests_hold_together(pod: dict[str, Any]):
    listed = set(manifest("Kustomization")["resources"])
    there = {path.name for path in MANIFESTS}
    assert there - listed == {"kustomization.yaml", "secret.example.yaml"}
    assert listed <= there
    named = [next(iter(one.values()))["name"] for one in pod["containers"][0]["envFrom"]]
    assert named == [manifest(kind)["metadata"]["name"] for kind in ("ConfigMap", "Secret")]
    labels = manifest("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert manifest("Service")["spec"]["selector"] == labels
    policy = manifest("NetworkPolicy")["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert policy["policyTypes"] == ["Ingress", "Egress"]


def test_replicas_are_the_one_pod_many_times_each_with_its_data(overlaid, pod: dict[str, Any]):
    spec = overlaid["StatefulSet"]["spec"]
    assert spec["replicas"] > 1
    assert spec["volumeClaimTemplates"] == manifest("StatefulSet")["spec"]["volumeClaimTemplates"]
    (one,), (many,) = pod["containers"], spec["template"]["spec"]["containers"]
    assert many == {**one, "image": many["image"], "lifecycle": many["lifecycle"]}


def test_an_update_of_replicas_takes_one_at_a_time_and_lets_each_finish(overlaid):
    spec = overlaid["StatefulSet"]["spec"]
    assert spec["updateStrategy"] == {"type": "RollingUpdate"}
    assert spec["minReadySeconds"] > 0
    budget = overlaid["PodDisruptionBudget"]["spec"]
    assert budget == {"maxUnavailable": 1, "selector": spec["selector"]}
    template = spec["template"]["spec"]
    command = template["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    let_go = int(re.search(r"sleep\((\d+)\)", command[-1])[1])
    assert template["terminationGracePeriodSeconds"] >= let_go + STOP_SECONDS


def test_replicas_stand_apart_and_reach_the_database(overlaid):
    spec = overlaid["StatefulSet"]["spec"]
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert spread[0]["topologyKey"] == "kubernetes.io/hostname"
    for one in spread:
        assert one["labelSelector"] == spec["selector"]
        assert one["whenUnsatisfiable"] == "ScheduleAnyway"  # on one machine, too
    more = [rule for rule in overlaid["NetworkPolicy"]["spec"]["egress"]
            if rule not in manifest("NetworkPolicy")["spec"]["egress"]]  # fmt: skip
    assert [rule["ports"] for rule in more] == [[{"port": 5432}]]


def test_no_secret_is_asked_for_in_the_config_map():
    assert not set(manifest("ConfigMap")["data"]) & set(SECRETS)
    assert set(manifest("Secret")["stringData"]) <= set(SECRETS)


def test_systemd_does_not_start_again_what_a_setting_stops():
    unit = UNIT.read_text("utf-8")
    assert "\nRestart=on-failure\n" in unit
    assert "\nRestartPreventExitStatus=2\n" in unit
    assert re.search(r"^ExecStart=\S+/summitqa serve$", unit, re.MULTILINE)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_knows_every_line_and_finds_little_exposed(tmp_path: Path):
    program = tmp_path / "summitqa"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/summitqa/bin/summitqa", str(program)))
    told = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert unit.name not in told.stderr, told.stderr
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    found = subprocess.run(command, capture_output=True, text=True).stdout
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", found)[1]) < 2
