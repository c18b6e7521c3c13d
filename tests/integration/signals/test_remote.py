"""nvidia-smi streamed over a connection, dcgm-exporter pages, and whether all readers tell the same."""

import asyncio
import os
import pwd
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_tui.gates.gpu_health import Expected, health
from runbook_tui.records import SystemClock
from runbook_tui.run.gpu.model import Source
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Verdict
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu import smi as smi_module
from runbook_tui.signals.gpu.dcgm import DcgmSource, http_page, pod_page
from runbook_tui.signals.gpu.local_lines import LocalLines
from runbook_tui.signals.gpu.samples import GpuMetric
from runbook_tui.signals.gpu.smi import SmiSource
from tests.stand_in.dcgm import page
from tests.stand_in.truth import MIB, install_smi, running


@pytest.fixture
async def smi(truth, tmp_path, monkeypatch):
    """Another host's nvidia-smi, as it would be over a connection."""
    programs = install_smi(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("RBT_SMI_LOG", str(tmp_path / "asked"))
    monkeypatch.setattr(smi_module, "PROCESSES_EVERY", 0.8)
    monkeypatch.setattr(smi_module, "SWITCH", str(tmp_path / "nvidia-nvswitchctl"))
    reading = SmiSource(SystemClock(), LocalLines(), interval=0.1)
    yield reading
    await reading.close()


@pytest.fixture
def exporter(truth):
    """A dcgm-exporter on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = page(truth.path, opt_in=server.opt_in, age=server.age).encode()
            self.send_response(200)
            if server.cut:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])
                return
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.opt_in, server.cut, server.age = True, False, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def dcgm(exporter):
    reading = DcgmSource(SystemClock(), "node-a", http_page(f"http://127.0.0.1:{exporter.server_port}"), interval=0.1)
    yield reading
    await reading.close()


def verdict(source, row, index=None):
    """What the health table says in a row, of a device or of the host."""
    host = source.latest()
    uuid = None if index is None else host.gpus[index].uuid
    (check,) = [one for one in health(host, trust=True) if one.check == row and one.gpu == uuid]
    return check.verdict


async def read(source, until, devices=2):
    """The first reading that tells of that many devices: rows come one after another."""
    source.start()
    whole = lambda: len(source.latest().gpus) >= devices and not source.latest().error  # noqa: E731
    return await until(lambda: whole() and source.latest(), "a reading")


async def test_nvidia_smi_is_streamed_and_never_polled(truth, smi, until, tmp_path):
    host = await read(smi, until)
    assert (host.source, host.fake, host.driver) == (Source.SMI, True, "580.65.06")
    for value in (10, 20, 30):
        truth.tell(0, util=value)
        await until(lambda value=value: smi.latest().gpus[0].util == value, f"{value} %")
    once = ["--help-query-gpu", "--query-compute-apps", "--query-gpu", "-q -x", "nvlink -e", "nvlink -s"]

    def asked():
        words = [line.split("=")[0].split() for line in (tmp_path / "asked").read_text().splitlines()]
        return sorted(" ".join(line[:2]) for line in words)

    await until(lambda: len(asked()) >= len(once), "all questions")
    await asyncio.sleep(0.5)
    assert asked() == once


async def test_it_asks_only_for_fields_this_nvidia_smi_knows(truth, smi, until):
    truth.tell(smi_without="power.draw.instant clocks_event_reasons.active gpu_recovery_action fabric.state")
    truth.tell(0, power=300_000, throttle=0x48)
    gpu = (await read(smi, until)).gpus[0]
    assert (gpu.power, gpu.throttle) == (300.0, ("hardware slowdown", "thermal (hardware)"))
    assert (gpu.recovery, gpu.fabric) == (None, None)


async def test_what_has_no_stream_is_looked_at_too(truth, smi, until):
    truth.tell(0, pcie_replay=7, nvlink_replay=3, nvlink_crc_flit=2, sram_exceeded=1)
    truth.tell(1, retired=11, retired_corrected=2, retired_pending=0)
    await read(smi, until)
    host = await until(lambda: smi.latest().cuda and smi.latest().fabric_manager and smi.latest(), "the rest")
    gpu = host.gpus[0]
    assert (host.cuda, host.fabric_manager) == ("13.0", "none")
    assert (gpu.pcie_replay, gpu.nvlink.errors, gpu.nvlink.active, gpu.sram_exceeded) == (7, 5, 18, True)
    assert (gpu.retired, host.gpus[1].retired, host.gpus[1].sram_exceeded) == (None, 11, False)
    assert (verdict(smi, "ecc", 0), verdict(smi, "ecc", 1)) == (Verdict.BLOCK, Verdict.BLOCK)
    assert verdict(smi, "cuda") is verdict(smi, "fabric", 0) is Verdict.PASS
    truth.tell(0, pcie_replay=8, nvlink_replay=4)
    trail = Trail()
    smi.subscribe(lambda host: trail.add(host.gpus[0]))
    await until(lambda: trail.window(60) and trail.window(60).told > 3, "readings")
    assert (trail.window(60).replays, trail.window(60).link_errors) == (
        None,
        None,
    )  # looked at once: nothing to compare
    await smi.ask_now()
    await until(lambda: trail.window(60).replays == 1 and trail.window(60).link_errors == 1, "the second look")


@pytest.mark.parametrize(
    ("state", "wanted"), [("active", Verdict.PASS), ("inactive", Verdict.BLOCK), ("failed", Verdict.BLOCK)]
)
async def test_whether_the_switches_have_their_manager(truth, smi, until, tmp_path, state, wanted):
    (tmp_path / "nvidia-nvswitchctl").touch()
    (tmp_path / "bin" / "systemctl").write_text(f"#!/bin/sh\necho {state}\n[ {state} = active ]\n")
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    await read(smi, until)
    await until(lambda: smi.latest().fabric_manager == state, "the manager")
    assert verdict(smi, "fabric", 0) is wanted


async def test_links_that_are_all_down_are_not_no_links(truth, smi, until):
    truth.tell(0, nvlinks_all_down=1)
    truth.tell(1, name="NVIDIA L40S (FAKE)", nvlinks=0)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].nvlink, "the links")
    assert verdict(smi, "nvlink", 0) is Verdict.BLOCK
    assert verdict(smi, "nvlink", 1) is Verdict.PASS


async def test_words_in_place_of_values_are_absent(truth, smi, until):
    truth.tell(0, util="!3", power_instant="!999", temperature="!16")
    smi.start()
    gpu = (await until(lambda: smi.latest().gpus and smi.latest(), "a reading")).gpus[0]
    assert (gpu.util, gpu.power, gpu.temperature) == (None, None, None)
    assert gpu.error == "the GPU wants a reset"


async def test_a_gpu_lost_over_there_grows_old_and_says_so(truth, smi, until):
    await read(smi, until)
    truth.tell(1, lost=1)
    await until(lambda: smi.latest().gpus[1].error, "the loss")
    assert "cannot reach it: Unknown Error" in smi.latest().gpus[1].error
    assert verdict(smi, "device", 1) is verdict(smi, "inventory") is Verdict.BLOCK
    assert smi.latest().gpus[0].error is None
    await until(lambda: smi.latest().gpus[1].age > 0.3, "its age")
    assert smi.latest().gpus[1].util == 83
    truth.tell(1, lost=0)
    await until(lambda: smi.latest().gpus[1].error is None, "its return")


@pytest.mark.parametrize("lost", [0, 1])
async def test_a_gpu_lost_over_there_before_anybody_looked_is_a_row_that_blocks(truth, smi, until, lost):
    truth.tell(lost, lost=1)
    smi.start()
    await until(lambda: len(smi.latest().gpus) == 2, "both")
    assert verdict(smi, "device", lost) is verdict(smi, "inventory") is Verdict.BLOCK
    assert (smi.latest().gpus[1 - lost].util, smi.latest().count) == (83, 2)
    truth.tell(lost, lost=0)
    host = await until(lambda: all(gpu.error is None for gpu in smi.latest().gpus) and smi.latest(), "its return")
    assert [gpu.uuid for gpu in host.gpus] == [gpu["uuid"] for gpu in truth.gpus]
    assert verdict(smi, "inventory") is Verdict.PASS


async def test_a_device_the_driver_counts_and_gives_no_row_of_blocks(truth, smi, until, monkeypatch):
    monkeypatch.setattr(smi_module, "SILENT", 0.6)
    truth.tell(1, unlisted=1)
    await read(smi, until, devices=1)
    assert verdict(smi, "inventory") is Verdict.BLOCK
    truth.tell(1, unlisted=0)
    await until(lambda: len(smi.latest().gpus) == 2, "its row")
    truth.tell(1, unlisted=1)
    await until(lambda: smi.latest().gpus[1].error, "its silence")
    assert "no row of it" in smi.latest().gpus[1].error
    assert verdict(smi, "device", 1) is Verdict.UNKNOWN


async def test_warnings_before_the_first_row_keep_nobody_from_reading_it(truth, smi, until, tmp_path):
    real = (tmp_path / "bin" / "nvidia-smi").rename(tmp_path / "bin" / "real")
    (tmp_path / "bin" / "nvidia-smi").write_text(
        f'#!/bin/sh\necho "WARNING: infoROM is corrupted" >&2\nexec {real} "$@"\n'
    )
    (tmp_path / "bin" / "nvidia-smi").chmod(0o755)
    assert len((await read(smi, until)).gpus) == 2


async def test_garbage_is_not_taken_for_values(truth, smi, until):
    await read(smi, until)
    for garbage in ("x, y, z", '"unclosed, 5', "\x1b[2J\x1b[H", "12," * 60):
        truth.tell(smi_garbage=garbage)
        await asyncio.sleep(0.25)
    host = smi.latest()
    assert [gpu.util for gpu in host.gpus] == [83, 83]
    assert host.gpus[0].age > 0.5


async def test_a_driver_that_fails_over_there_is_told_in_its_own_words(truth, smi, until):
    truth.tell(init="!9")
    smi.start()
    await until(lambda: "failed because" in (smi.latest().error or ""), "its words")
    assert verdict(smi, "driver") is Verdict.BLOCK


async def test_a_stream_that_hangs_is_given_up_and_begun_anew(truth, smi, until, monkeypatch):
    monkeypatch.setattr(smi_module, "SILENT", 0.5)
    await read(smi, until)
    truth.tell(smi_hang=1)
    await until(lambda: "does not answer" in (smi.latest().error or ""), "the complaint")
    assert verdict(smi, "driver") is Verdict.BLOCK
    truth.tell(smi_hang=0)
    truth.tell(0, util=3)
    await until(lambda: smi.latest().error is None and smi.latest().gpus[0].util == 3, "the return")


async def test_where_there_is_no_nvidia_smi_it_is_asked_once(truth, tmp_path, until):
    commands = []

    class Without:
        host = "plain"

        async def lines(self, command):
            commands.append(command)
            raise SignalError("nvidia-smi is not installed there")
            yield ""

    reading = SmiSource(SystemClock(), Without(), interval=0.1)
    try:
        reading.start()
        await until(lambda: "not installed" in (reading.latest().error or ""), "the answer")
        await asyncio.sleep(1.5)
        assert len(commands) == 1
    finally:
        await reading.close()


async def test_processes_come_with_their_owner(truth, smi, until, monkeypatch):
    truth.tell(0, procs=f"{os.getpid()}:{300 * MIB},3999999:{5 * MIB}")
    truth.extra[f"process{os.getpid()}"] = "/opt/py/bin/python3.11"
    truth.write()
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].processes, "processes")
    mine, gone = smi.latest().gpus[0].processes
    assert (mine.pid, mine.name, mine.memory) == (os.getpid(), "python3.11", 300 * MIB)
    assert mine.user
    assert gone.user is None


def ours(truth, memory=300 * MIB, used=301 * MIB):
    """This process uses GPU 0, and nobody the other."""
    truth.tell(0, procs=f"{os.getpid()}:{memory}", memory_used=used)
    truth.tell(1, memory_used=0)


def strangers(smi, index=0):
    host, me = smi.latest(), pwd.getpwuid(os.getuid()).pw_name
    expected = Expected(users=frozenset({me}))
    checks = health(host, trust=True, expected=expected)
    return next(one for one in checks if one.check == "strangers" and one.gpu == host.gpus[index].uuid).verdict


async def test_a_process_that_ended_over_there_is_not_listed_for_ever(truth, smi, until):
    ours(truth)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].processes, "the process")
    await until(lambda: smi.latest().gpus[1].processes == (), "nobody")
    assert (strangers(smi), strangers(smi, 1)) == (Verdict.PASS, Verdict.PASS)
    truth.tell(0, procs="", memory_used=0)
    await until(lambda: smi.latest().gpus[0].processes == (), "its end", 4)
    assert strangers(smi) is Verdict.PASS


async def test_a_list_that_comes_no_more_is_not_nobody(truth, smi, until):
    """The stream hangs while rows of the devices go on: what was listed is not known any more."""
    ours(truth)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].processes, "the process")
    truth.tell(apps_hang=1)
    await until(lambda: smi.latest().gpus[0].processes is None, "the doubt", 4)
    assert smi.latest().gpus[1].processes == ()  # its memory says that nobody can be using it
    assert (strangers(smi), strangers(smi, 1)) == (Verdict.UNKNOWN, Verdict.PASS)


async def test_before_the_first_list_nobody_is_not_claimed(truth, smi, until):
    truth.tell(apps_hang=1)
    truth.tell(1, memory_used=0)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[1].processes == (), "the idle one")
    assert smi.latest().gpus[0].processes is None  # 61 GiB in use
    assert strangers(smi) is Verdict.UNKNOWN


async def test_memory_that_no_listed_process_uses_is_a_strangers(truth, smi, until):
    ours(truth, used=60_000 * MIB)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].processes, "the process")
    assert strangers(smi) is Verdict.BLOCK


async def test_errors_of_the_driver_come_from_the_kernels_log(truth, smi, until):
    await read(smi, until)
    await until(lambda: smi.latest().gpus[1].xid == (), "the watch")
    truth.xid(1, 79)
    await until(lambda: smi.latest().gpus[1].xid, "the error")
    assert smi.latest().gpus[1].xid[0].code == 79


async def test_old_errors_in_a_log_without_dates_are_as_old_as_they_are(truth, smi, until, tmp_path):
    up = float(Path("/proc/uptime").read_text().split()[0])
    (tmp_path / "bin" / "dmesg").write_text(
        f"#!/bin/sh\n[ \"$1\" ] || exit 0\necho '[ {up - 500:.6f}] NVRM: Xid (PCI:0000:10:00): 31, pid=1'\nexec sleep 100\n"
    )
    (tmp_path / "bin" / "dmesg").chmod(0o755)
    truth.tell(journal="refused")
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].xid, "the old error")
    assert 490 < time.time() - smi.latest().gpus[0].xid[0].at < 530


async def test_what_was_before_is_read_before_anything_is_claimed(truth, smi, until):
    truth.xid(0, 48)
    truth.tell(journal="slow")
    await read(smi, until)
    await asyncio.sleep(1.0)
    assert {gpu.xid for gpu in smi.latest().gpus} == {None}  # not read to its end yet
    assert verdict(smi, "xid", 1) is Verdict.UNKNOWN


async def test_a_log_that_reaches_back_to_the_start_of_the_machine_says_that_there_was_nothing(truth, smi, until):
    truth.xid(0, 48)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].xid, "the old error")
    assert [gpu.xid_since for gpu in smi.latest().gpus] == [0.0, 0.0]
    assert (verdict(smi, "xid", 0), verdict(smi, "xid", 1)) == (Verdict.BLOCK, Verdict.PASS)
    await asyncio.sleep(0.5)
    assert len(smi.latest().gpus[0].xid) == 1  # the same line is read again where following begins


async def test_a_log_that_has_lost_its_beginning_knows_nothing_of_it(truth, smi, until):
    up = float(Path("/proc/uptime").read_text().split()[0])
    truth.tell(journal_from=up - 30)
    await read(smi, until)
    await until(lambda: smi.latest().gpus[0].xid == (), "the log")
    assert 29 < time.time() - smi.latest().gpus[0].xid_since < 60
    assert verdict(smi, "xid", 0) is Verdict.UNKNOWN


async def test_a_journal_that_shows_this_user_nothing_is_no_clean_bill(truth, smi, until, tmp_path):
    (tmp_path / "bin" / "dmesg").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "dmesg").chmod(0o755)
    truth.tell(journal="hidden")
    await read(smi, until)
    await asyncio.sleep(1.0)
    assert {gpu.xid for gpu in smi.latest().gpus} == {None}


async def test_a_log_that_may_not_be_read_is_no_clean_bill(truth, smi, until, tmp_path):
    (tmp_path / "bin" / "dmesg").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "dmesg").chmod(0o755)
    truth.tell(journal="refused")
    host = await read(smi, until)
    await asyncio.sleep(0.3)
    host = smi.latest()
    assert host.gpus[0].xid is None
    assert "not known" in host.notes[-1]


async def test_closing_ends_everything_that_was_started(truth, smi, until):
    await read(smi, until)
    mine = f"RBT_STAND_IN={truth.path}"
    assert running(mine, of="environ")
    begin = time.monotonic()
    await smi.close()
    assert time.monotonic() - begin < 20
    await until(lambda: not running(mine, of="environ"), "their end")


async def test_a_page_of_the_exporter(truth, dcgm, until):
    host = await read(dcgm, until)
    assert (host.host, host.source, host.fake, host.driver) == ("node-a", Source.DCGM, True, "580.65.06")
    gpu = host.gpus[0]
    assert (gpu.util, gpu.memory_total, gpu.pcie_replay) == (83, 81_559 * MIB, 0)
    assert (gpu.persistence, gpu.recovery, gpu.processes, gpu.clock_sm_max) == (None, None, None, None)


async def test_the_default_list_leaves_much_unknown(truth, exporter, dcgm, until):
    exporter.opt_in = False
    truth.tell(0, memory_temperature="!3")
    gpu = (await read(dcgm, until)).gpus[0]
    assert (gpu.ecc_uncorrected, gpu.throttle, gpu.row_remap.pending, gpu.temperature_memory) == (
        None,
        None,
        None,
        None,
    )
    assert gpu.row_remap.failure is False


async def test_the_exporters_last_error_counts_when_it_changes(truth, dcgm, until):
    truth.xid(0, 43)  # long ago
    await read(dcgm, until)
    assert [(xid.code, xid.at) for xid in dcgm.latest().gpus[0].xid] == [(43, None)]
    truth.xid(0, 79)
    await until(lambda: len(dcgm.latest().gpus[0].xid) == 2, "the change")
    assert dcgm.latest().gpus[0].xid[1].at is not None


async def test_a_page_that_is_cut_off_ends_nothing(truth, exporter, dcgm, until):
    await read(dcgm, until)
    exporter.cut = True
    await until(lambda: dcgm.latest().error, "the complaint")
    assert [gpu.util for gpu in dcgm.latest().gpus] == [83, 83]
    exporter.cut = False
    truth.tell(0, util=4)
    await until(lambda: dcgm.latest().error is None and dcgm.latest().gpus[0].util == 4, "the return")


async def test_a_page_that_is_nonsense_ends_nothing(truth, until):
    pages = iter([RuntimeError("odd"), ValueError(), page(truth.path)])

    async def fetch():
        found = next(pages, page(truth.path))
        if isinstance(found, Exception):
            raise found
        return found

    reading = DcgmSource(SystemClock(), "node-a", fetch, interval=0.05)
    try:
        reading.start()
        await until(lambda: "odd" in (reading.latest().error or ""), "the complaint")
        await until(lambda: reading.latest().error is None, "a reading")
    finally:
        await reading.close()


async def test_samples_that_say_when_they_were_taken_are_as_old_as_that(truth, exporter, dcgm, until):
    exporter.age = 40.0
    host = await read(dcgm, until)
    assert all(39 < gpu.age < 45 for gpu in host.gpus)
    assert verdict(dcgm, "device", 0) is Verdict.UNKNOWN
    (sample,) = await GpuMetric([dcgm], "gpu_utilization", reduce="max", trust=True).read()
    assert sample.value is None
    exporter.age = 0.0
    await until(lambda: dcgm.latest().gpus[0].age < 5, "what is new")


async def test_a_device_that_leaves_the_page_is_missed(truth, dcgm, until):
    await read(dcgm, until)
    assert verdict(dcgm, "inventory") is Verdict.UNKNOWN  # nobody says how many there must be
    truth.gpus, gone = truth.gpus[:1], truth.gpus[1]
    truth.write()
    await until(lambda: dcgm.latest().gpus[1].error, "the loss")
    assert (dcgm.latest().gpus[1].uuid, dcgm.latest().gpus[1].util) == (gone["uuid"], 83)
    assert verdict(dcgm, "device", 1) is verdict(dcgm, "inventory") is Verdict.BLOCK
    (sample,) = await GpuMetric([dcgm], "gpu_utilization", reduce="max", trust=True).read()
    assert sample.value is None


async def test_an_exporter_that_is_gone_is_no_good_news(truth, exporter, dcgm, until):
    await read(dcgm, until)
    exporter.shutdown()
    exporter.server_close()
    await until(lambda: dcgm.latest().error, "the complaint")
    assert dcgm.latest().gpus[0].util == 83
    await until(lambda: dcgm.latest().gpus[0].age > 0.3, "its age")


async def test_an_exporter_in_a_pod_is_reached_through_kubectl(truth, tmp_path, monkeypatch, until):
    (tmp_path / "page").write_text(page(truth.path))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        f'#!/bin/sh\n[ "$3" = /api/v1/namespaces/gpu/pods/dcgm-x:9400/proxy/metrics ] && cat {tmp_path}/page\n'
    )
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    reading = DcgmSource(SystemClock(), "cluster", pod_page("k8s:gpu/dcgm-x", LocalLines()), interval=0.1)
    try:
        assert (await read(reading, until)).gpus[1].util == 83
    finally:
        await reading.close()
    with pytest.raises(SignalError):
        pod_page("k8s:gpu/$(reboot)", LocalLines())


async def test_all_readers_agree(truth, source, smi, dcgm, until, tmp_path):
    """One truth, three ways to it: what two of them can tell is the same."""
    truth.tell(0, util=57, throttle=0x44, ecc_uncorrected=3, remap_pending=1, remap_uncorrectable=2, nvlinks_down=2)
    truth.tell(0, recovery=2, pcie_gen=4, clock_sm=1215, persistence=0, power_instant=333_250, mig=0, fabric=2)
    truth.tell(1, ecc=0, temperature=88, memory_used=0, throttle=0x1, pstate=8)
    readings = {}
    for reader in (source, smi, dcgm):
        await read(reader, until)
    await until(lambda: smi.latest().gpus[0].nvlink and smi.latest().gpus[0].xid == (), "links and log")
    for name, reader in (("nvml", source), ("smi", smi), ("dcgm", dcgm)):
        readings[name] = [
            replace(gpu, at=0, seldom_at=0, age=0, xid=None, xid_since=None, processes=None)
            for gpu in reader.latest().gpus
        ]
    compared = 0
    for index in range(2):
        whole = readings["nvml"][index]
        for name in ("smi", "dcgm"):
            other = readings[name][index]
            for field in whole.__struct_fields__:
                mine, theirs = getattr(whole, field), getattr(other, field)
                if theirs is None or theirs == ():
                    continue
                if field in ("nvlink", "row_remap"):
                    for part in theirs.__struct_fields__:
                        if getattr(theirs, part) is not None:
                            assert getattr(mine, part) == getattr(theirs, part), (name, field, part)
                            compared += 1
                    continue
                assert mine == theirs, (name, field)
                compared += 1
    assert compared > 90
