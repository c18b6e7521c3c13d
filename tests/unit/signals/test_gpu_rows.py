"""nvidia-smi's lines, dcgm pages, kernel lines and names of programs, read without any of them there."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.gpu.words import THROTTLE, throttle_names
from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu import binding, dcgm_page, smi_rows, xid_watch
from runbook_tui.signals.gpu.dcgm import http_page
from runbook_tui.signals.gpu.owners import Owners, program
from runbook_tui.signals.gpu.xid_watch import kernel_line, short_pci

COLUMNS = tuple(smi_rows.FIELDS)
ROW = dict.fromkeys(COLUMNS, "[N/A]") | {"uuid": "GPU-1", "index": "0", "name": "NVIDIA H100 80GB HBM3"}


def gpu(**cells):
    return smi_rows.gpu(ROW | cells, None, 1.0)


def test_everything_absent_is_absent():
    found = gpu()
    given_ = {name for name in found.__struct_fields__ if getattr(found, name) is not None}
    assert given_ == {"uuid", "index", "name", "pci", "at", "seldom_at", "age", "slices", "without"}
    assert set(found.without) == {"ecc", "row_remap", "fabric", "mig", "sram_exceeded", "retired"}
    assert gpu(ecc="[Unknown Error]").without == ("row_remap", "fabric", "mig", "sram_exceeded", "retired")


@pytest.mark.parametrize(
    "text",
    [
        "[N/A]",
        "N/A",
        "[Not Supported]",
        "[Unknown Error]",
        "ERR!",
        "[GPU requires reset]",
        "",
        "9223372036854775794",
        "12 apples and",
    ],
)
def test_words_and_sentinels_are_no_numbers(text):
    assert gpu(util=text, power=text, memory_used=text).util is None
    assert gpu(memory_used=text).memory_used is None


def test_values_with_and_without_units():
    found = gpu(util="83 %", power="412.34 W", memory_used="1024 MiB", pstate="P8", throttle="0x0000000000000044")
    assert (found.util, found.power, found.memory_used, found.pstate) == (83, 412.34, 1 << 30, 8)
    assert found.throttle == ("power cap", "thermal (hardware)")
    assert gpu(recovery="Drain and Reset").recovery == 4
    assert gpu(recovery="None").recovery == 0
    assert gpu(remap_pending="Yes", remap_failure="No").row_remap.pending is True


def test_a_row_keeps_what_another_tier_told():
    before = gpu(temperature="50")
    assert smi_rows.gpu({"uuid": "GPU-1", "util": "5"}, before, 2.0).temperature == 50


@given(st.text(max_size=200))
def test_no_line_breaks_the_reader(line):
    cells = smi_rows.row(line, ("uuid", "index", "util", "recovery", "throttle"))
    if cells is not None:
        smi_rows.gpu(cells, None, 0.0)
    smi_rows.nvlinks([line])
    smi_rows.nvlink_errors(["GPU 0: X (UUID: GPU-1)", line])
    smi_rows.of_xml([line])
    smi_rows.unreachable(line)
    kernel_line(line)
    list(dcgm_page.samples(line))
    smi_rows.known_fields(line)


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=12), min_size=5, max_size=5))
def test_no_cell_breaks_the_reader(cells):
    smi_rows.gpu(
        dict(zip(("uuid", "index", "util", "recovery", "throttle"), ["GPU-1", *cells[1:]], strict=True)), None, 0.0
    )


def test_a_line_of_another_width_is_no_row():
    assert smi_rows.row("1, 2, 3", ("a", "b")) is None


@pytest.mark.parametrize(
    ("line", "index", "pci", "code"),
    [
        ("Unable to determine the device handle for GPU3: 0000:5F:00.0: Unknown Error", 3, "0000:5F:00.0", 999),
        ("Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot", None, "0000:02:00.0", 15),
        ("Unable to determine the device handle for GPU0000:25:00.0: Unknown Error", None, "0000:25:00.0", 999),
        ("Unable to determine the device handle for GPU2: Unknown Error", 2, "", 999),
        (
            "Unable to determine the device handle for GPU 0000:81:00.0: Insufficient Permissions",
            None,
            "0000:81:00.0",
            4,
        ),
    ],
)
def test_what_is_said_of_a_device_that_cannot_be_reached(line, index, pci, code):
    found = smi_rows.unreachable(line)
    assert (found.index, found.pci, found.error_code) == (index, pci, code)
    assert smi_rows.unreachable("0, GPU-1, NVIDIA H100") is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Failed to initialize NVML: Driver/library version mismatch", 18),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure", 9),
        ("Failed to initialize NVML: Unknown Error", 9),
        ("the link to gpu-01 was lost", None),
        ("nvidia-smi is not installed there", None),
    ],
)
def test_a_driver_that_does_not_begin_is_told_from_other_trouble(said, code):
    assert smi_rows.code_of(said) == code


def test_links_by_card():
    text = "GPU 0: NVIDIA H100 (UUID: GPU-1)\n\t Link 0: 26.562 GB/s\n\t Link 1: <inactive>\nGPU 1: X (UUID: GPU-2)\n"
    found = smi_rows.nvlinks(text.splitlines())
    assert (found["GPU-1"].active, found["GPU-1"].inactive, found["GPU-1"].speed) == (1, 1, 26_562)
    assert "GPU-2" not in found


def test_errors_of_links_and_what_only_the_xml_tells():
    text = "GPU 0: X (UUID: GPU-1)\n\t Link 0: Replay Errors: 3\n\t Link 0: CRC Errors: 2\n\t Links 1-5: Replay/CRC Errors: 0\n"
    assert smi_rows.nvlink_errors(text.splitlines()) == {"GPU-1": 5}
    xml = "<cuda_version>12.4</cuda_version>\n<gpu id='a'>\n<uuid>GPU-1</uuid>\n<replay_counter>4</replay_counter>\n</gpu>\n"
    assert smi_rows.of_xml((xml + xml.replace("GPU-1", "GPU-2").replace(">4<", ">N/A<")).splitlines()) == (
        "12.4",
        {"GPU-1": 4},
    )
    assert smi_rows.of_xml(["<replay_counter>4</replay_counter>"]) == (None, {})
    down = "GPU 0: X (UUID: GPU-1)\nNVML: Unable to retrieve NVLink information as all links are inActive\n"
    assert smi_rows.nvlinks(down.splitlines())["GPU-1"].active == 0


def test_the_fields_an_older_nvidia_smi_knows():
    known = smi_rows.known_fields(
        '"uuid" or "gpu_uuid"\nThe id.\n\n"power.draw"\nx\n"clocks_throttle_reasons.active"\nx'
    )
    assert smi_rows.chosen(known) == {
        "uuid": "uuid",
        "power": "power.draw",
        "throttle": "clocks_throttle_reasons.active",
    }


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("NVRM: Xid (PCI:0000:10:1c): 63, pid=1, row", ("0000:10:1c", 63, "pid=1, row")),
        ("[12.3] NVRM: Xid (PCI:00000000:AB:00.0): 79", ("0000:ab:00", 79, "")),
        ("NVRM: nvAssert", None),
    ],
)
def test_lines_of_the_kernels_log(line, found):
    assert kernel_line(line) == found


def test_records_that_were_overwritten_before_they_were_read_are_not_nothing(tmp_path, monkeypatch):
    """/dev/kmsg says EPIPE then: what the log covers begins behind the gap."""
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    monkeypatch.setattr(xid_watch, "_POLL", 0.01)
    answers = [b"6,1,1000000,-;Linux version", BlockingIOError(), BrokenPipeError(), b"6,9,7000000000,-;x", OSError()]

    def read(*_):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    (tmp_path / "kmsg").touch()
    monkeypatch.setattr(xid_watch.os, "read", read)
    book, seen = xid_watch.XidBook(), []
    note = type(book).__setattr__
    monkeypatch.setattr(xid_watch.XidBook, "__setattr__", lambda self, *what: seen.append(what) or note(self, *what))
    assert xid_watch.watch_kernel_log(tmp_path / "kmsg", book, lambda: None)
    end = time.monotonic() + 5
    while answers and time.monotonic() < end:
        time.sleep(0.01)
    first, gap, end_of_it = [value for name, value in seen if name == "log_since"]
    assert (first, round(gap - boot), end_of_it) == (0.0, 7000, None)


def test_addresses_in_one_form():
    assert {short_pci(text) for text in ("00000000:10:1C.0", "0000:10:1c", "0000:10:1C.0")} == {"0000:10:1c"}


@given(st.integers(0, 2**40 - 1))
def test_every_bit_of_a_mask_is_named(mask):
    names = throttle_names(mask)
    assert len([name for name in names if name in THROTTLE.values()]) == (mask & sum(THROTTLE)).bit_count()
    assert (mask & ~sum(THROTTLE) != 0) == any(name.startswith("reason") for name in names)


def test_dcgm_values_that_mean_nothing_are_left_out():
    page = 'DCGM_FI_DEV_GPU_UTIL{UUID="GPU-1"} 9223372036854775794\nDCGM_FI_DEV_GPU_TEMP{UUID="GPU-1"} NaN\nx 5\n'
    assert list(dcgm_page.samples(page)) == []
    assert dcgm_page.hosts("", where="x", before={}, at=1.0) == ()


def test_only_http_addresses_are_fetched():
    for address in ("file:///etc/passwd", "ftp://x", "node-a:9400"):
        with pytest.raises(SignalError):
            http_page(address)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["/usr/bin/python3", "-u", "/srv/train.py", "--token=s3cret"], "python3 train.py"),
        (["python", "-c", "password = 'x'"], "python"),
        (["python3.11", "-m", "torch.distributed.run", "--x"], "python3.11 -m torch.distributed.run"),
        (["bash", "-c", "curl secret"], "bash"),
        (["/opt/triton/bin/tritonserver", "--key", "abc"], "tritonserver"),
        ([""], ""),
    ],
)
def test_programs_are_named_without_what_may_be_secret(arguments, shown):
    assert program(arguments) == shown


def test_in_a_container_pids_are_nobodys(tmp_path):
    assert Owners(tmp_path, here=False).of(1, memory=5, kind="compute").user is None
    assert not Owners(tmp_path).here  # nothing there says that it is the first namespace


def test_the_old_package_of_the_same_name_is_refused(tmp_path):
    class Old:
        __file__ = str(Path("/x/site-packages/pynvml/__init__.py"))

    with pytest.raises(binding.BindingConflict, match="pip uninstall pynvml"):
        binding.check(Old)
    assert binding.load().__name__ == "pynvml"
