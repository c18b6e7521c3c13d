"""A fake `nvidia-smi` and a fake `journalctl`, told by the same truth as the stand-in of libnvidia-ml.

Run as `nvidia_smi.py NAME ARGUMENTS…`, without site packages; it knows what the reader asks for and refuses the rest,
as the real one does: one unknown field fails the whole query.
"""

import os
import sys
import time

MIB = 1 << 20


def read():
    with open(os.environ["RBT_STAND_IN"]) as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)


def mib(value):
    return str(int(value) // MIB)


def watts(value):
    return f"{int(value) / 1000:.2f}"


def switch(value):
    return "Enabled" if value == "1" else "Disabled"


def yes(value):
    return "Yes" if value == "1" else "No"


RECOVERY = {"0": "None", "1": "GPU Reset", "2": "Node Reboot", "3": "Drain P2P", "4": "Drain and Reset"}
FABRIC = {"1": "Not Started", "2": "In Progress", "3": "Completed"}
FIELDS = {
    "count": ("count", str),
    "index": ("index", str),
    "uuid": ("uuid", str),
    "name": ("name", str),
    "pci.bus_id": ("pci", str),
    "driver_version": ("driver", str),
    "persistence_mode": ("persistence", switch),
    "mig.mode.current": ("mig", switch),
    "utilization.gpu": ("util", str),
    "utilization.memory": ("memory_util", str),
    "memory.used": ("memory_used", mib),
    "memory.reserved": ("memory_reserved", mib),
    "memory.total": ("memory_total", mib),
    "temperature.gpu": ("temperature", str),
    "temperature.memory": ("memory_temperature", str),
    "temperature.gpu.tlimit": ("margin", str),
    "power.draw": ("power", watts),
    "power.draw.instant": ("power_instant", watts),
    "enforced.power.limit": ("power_limit", watts),
    "clocks.current.sm": ("clock_sm", str),
    "clocks.sm": ("clock_sm", str),
    "clocks.max.sm": ("clock_sm_max", str),
    "clocks.mem": ("clock_mem", str),
    "clocks.current.memory": ("clock_mem", str),
    "pstate": ("pstate", lambda value: f"P{value}"),
    "clocks_event_reasons.active": ("throttle", lambda value: f"0x{int(value, 0):016x}"),
    "clocks_throttle_reasons.active": ("throttle", lambda value: f"0x{int(value, 0):016x}"),
    "ecc.mode.current": ("ecc", switch),
    "ecc.errors.corrected.volatile.total": ("ecc_corrected", str),
    "ecc.errors.uncorrected.volatile.total": ("ecc_uncorrected", str),
    "ecc.errors.uncorrected.aggregate.total": ("ecc_uncorrected_total", str),
    "remapped_rows.correctable": ("remap_correctable", str),
    "remapped_rows.uncorrectable": ("remap_uncorrectable", str),
    "remapped_rows.pending": ("remap_pending", yes),
    "remapped_rows.failure": ("remap_failure", yes),
    "ecc.errors.uncorrected.aggregate.sram.thresholdExceeded": ("sram_exceeded", yes),
    "retired_pages.single_bit_ecc.count": ("retired_corrected", str),
    "retired_pages.double_bit.count": ("retired", str),
    "retired_pages.pending": ("retired_pending", yes),
    "gpu_recovery_action": ("recovery", lambda value: RECOVERY.get(value, "Unknown")),
    "fabric.state": ("fabric", lambda value: FABRIC.get(value, "N/A")),
    "pcie.link.gen.current": ("pcie_gen", str),
    "pcie.link.gen.max": ("pcie_gen_max", str),
    "pcie.link.width.current": ("pcie_width", str),
    "pcie.link.width.max": ("pcie_width_max", str),
}


def cell(truth, index, field):
    if field == "index":
        return str(index)
    key, shown = FIELDS[field]
    value = truth.get(key if field in ("driver_version", "count") else f"gpu{index}.{key}")
    if value is None or value in ("!3", "!13"):
        return "[N/A]"
    if value == "!16":
        return "[GPU requires reset]"
    return "[Unknown Error]" if value.startswith("!") else shown(value)


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def query(fields):
    truth = read()
    if truth.get("init", "0") != "0":
        say("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
        sys.exit(9)
    if "smi_garbage" in truth:
        say(truth["smi_garbage"])
        return
    for index in range(int(truth["count"])):
        if truth.get(f"gpu{index}.lost") == "1":
            where = truth[f"gpu{index}.pci"][4:]
            sys.stderr.write(f"Unable to determine the device handle for GPU{index}: {where}: Unknown Error\n")
            sys.stderr.flush()
            continue
        if truth.get(f"gpu{index}.unlisted") == "1":
            continue
        say(", ".join(cell(truth, index, field) for field in fields))


def compute_apps():
    truth = read()
    if truth.get("apps_hang") == "1":
        time.sleep(3600)
    for index in range(int(truth["count"])):
        for one in filter(None, truth.get(f"gpu{index}.procs", "").split(",")):
            pid, memory = one.split(":")
            say(f"{truth[f'gpu{index}.uuid']}, {pid}, {truth.get(f'process{pid}', '[Not Found]')}, {mib(memory)}")


def nvlink():
    truth = read()
    for index in range(int(truth["count"])):
        say(f"GPU {index}: {truth[f'gpu{index}.name']} (UUID: {truth[f'gpu{index}.uuid']})")
        if truth.get(f"gpu{index}.nvlinks_all_down") == "1":
            say("\tNVML: Unable to retrieve NVLink information as all links are inActive")
            continue
        count, down = int(truth.get(f"gpu{index}.nvlinks", 0)), int(truth.get(f"gpu{index}.nvlinks_down", 0))
        for link in range(count):
            speed = int(truth.get(f"gpu{index}.nvlink_speed", 0)) / 1000
            say(f"\t Link {link}: " + (f"{speed:.3f} GB/s" if link < count - down else "<inactive>"))


def nvlink_errors():
    truth = read()
    for index in range(int(truth["count"])):
        get = lambda key, index=index: int(truth.get(f"gpu{index}.nvlink_{key}", 0))  # noqa: E731
        say(f"GPU {index}: {truth[f'gpu{index}.name']} (UUID: {truth[f'gpu{index}.uuid']})")
        for link in range(int(truth.get(f"gpu{index}.nvlinks", 0))):
            say(f"\t Link {link}: Replay Errors: {0 if link else get('replay')}")
            say(f"\t Link {link}: Recovery Errors: {0 if link else get('recovery')}")
            say(f"\t Link {link}: CRC Errors: {0 if link else get('crc_flit') + get('crc_data')}\n")


def xml():
    truth = read()
    cuda = int(truth["cuda"])
    say('<?xml version="1.0" ?>\n<nvidia_smi_log>')
    say(f"\t<driver_version>{truth['driver']}</driver_version>")
    say(f"\t<cuda_version>{cuda // 1000}.{cuda % 1000 // 10}</cuda_version>")
    for index in range(int(truth["count"])):
        say(f'\t<gpu id="{truth[f"gpu{index}.pci"]}">\n\t\t<uuid>{truth[f"gpu{index}.uuid"]}</uuid>')
        replays = truth.get(f"gpu{index}.pcie_replay", "N/A")
        say(f"\t\t<pci>\n\t\t\t<replay_counter>{replays}</replay_counter>\n\t\t</pci>\n\t</gpu>")
    say("</nvidia_smi_log>")


def smi(arguments):
    if os.environ.get("RBT_SMI_LOG"):
        with open(os.environ["RBT_SMI_LOG"], "a") as log:
            log.write(" ".join(arguments) + "\n")
    if arguments[:1] == ["--help-query-gpu"]:
        for field in FIELDS:
            if field not in read().get("smi_without", "").split():
                say(f'"{field}"\nWhat this is.\n')
        return
    if arguments[:2] == ["nvlink", "-s"]:
        nvlink()
        return
    if arguments[:2] == ["nvlink", "-e"]:
        nvlink_errors()
        return
    if arguments[:2] == ["-q", "-x"]:
        xml()
        return
    asked = arguments[0].partition("=")
    if asked[0] == "--query-gpu":
        fields = asked[2].split(",")
        if unknown := [
            field for field in fields if field not in FIELDS or field in read().get("smi_without", "").split()
        ]:
            say(f'Field "{unknown[0]}" is not a valid field to query.')
            sys.exit(2)
        once = lambda: query(fields)  # noqa: E731
    elif asked[0] == "--query-compute-apps":
        once = compute_apps
    else:
        say("Option is not recognised.")
        sys.exit(2)
    every = int(arguments[arguments.index("-lms") + 1]) / 1000 if "-lms" in arguments else None
    while True:
        if read().get("smi_hang") == "1":
            time.sleep(3600)
        once()
        if every is None:
            return
        time.sleep(every)


def journalctl(arguments):
    """Lines as -o short-monotonic writes them, from the record that `journal_from` names (seconds since boot)."""
    truth = read()
    if truth.get("journal") == "refused":
        sys.exit(1)
    if truth.get("journal") == "hidden":  # of other users: nothing is shown, and nothing is said
        time.sleep(3600 if "-f" in arguments else 0)
        return
    follows = "-f" in arguments
    say(f"[{float(truth.get('journal_from', 0.0)):12.6f}] host kernel: Linux version")
    if not follows and truth.get("journal") == "slow":
        time.sleep(3600)
    told = set()
    while True:
        truth = read()
        for index in range(int(truth["count"])):
            xid = truth.get(f"gpu{index}.xid")
            if xid and (index, xid) not in told:
                told.add((index, xid))
                pci = truth[f"gpu{index}.pci"].lower()[4:].rpartition(".")[0]
                since_boot = float(truth[f"gpu{index}.xid_up"])
                say(
                    f"[{since_boot:12.6f}] host kernel: NVRM: Xid (PCI:{pci}): {xid.partition('@')[0]}, pid=1, name=python"
                )
        if not follows:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1] == "journalctl":
        journalctl(sys.argv[2:])
    else:
        smi(sys.argv[2:])
