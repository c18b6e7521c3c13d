"""A dcgm-exporter page told by the same truth: the metrics of its default list, and those that are opt-in."""

import time

from tests.stand_in.truth import MIB, read

DEFAULT = {
    "DCGM_FI_DEV_SM_CLOCK": ("clock_sm", 1),
    "DCGM_FI_DEV_MEM_CLOCK": ("clock_mem", 1),
    "DCGM_FI_DEV_MEMORY_TEMP": ("memory_temperature", 1),
    "DCGM_FI_DEV_GPU_TEMP": ("temperature", 1),
    "DCGM_FI_DEV_POWER_USAGE": ("power_instant", 1000),
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER": ("pcie_replay", 1),
    "DCGM_FI_DEV_GPU_UTIL": ("util", 1),
    "DCGM_FI_DEV_MEM_COPY_UTIL": ("memory_util", 1),
    "DCGM_FI_DEV_FB_USED": ("memory_used", MIB),
    "DCGM_FI_DEV_FB_RESERVED": ("memory_reserved", MIB),
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": ("remap_uncorrectable", 1),
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS": ("remap_correctable", 1),
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": ("remap_failure", 1),
}
OPT_IN = {
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL": ("ecc_corrected", 1),
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL": ("ecc_uncorrected", 1),
    "DCGM_FI_DEV_ECC_DBE_AGG_TOTAL": ("ecc_uncorrected_total", 1),
    "DCGM_FI_DEV_CLOCKS_EVENT_REASONS": ("throttle", 1),
    "DCGM_FI_DEV_ROW_REMAP_PENDING": ("remap_pending", 1),
    "DCGM_FI_DEV_POWER_MGMT_LIMIT": ("power_limit", 1000),
}
SENTINEL = 9223372036854775794  # "not supported", as the exporter writes it


def page(path, *, opt_in=False, host="node-a", age=None) -> str:
    """`age` in seconds: the samples say when they were taken, as few exporters do."""
    truth = read(path)
    when = "" if age is None else f" {round((time.time() - age) * 1000)}"
    lines = []
    for metric, (key, scale) in (DEFAULT | (OPT_IN if opt_in else {})).items():
        lines += [f"# HELP {metric} what it is (in its unit).", f"# TYPE {metric} gauge"]
        for index in range(int(truth["count"])):
            value = truth.get(f"gpu{index}.{key}")
            if value is None:
                continue
            number = str(SENTINEL) if value.startswith("!") else f"{int(value, 0) / scale:.12g}"
            lines.append(f"{metric}{{{_labels(truth, index, host)}}} {number}{when}")
    lines.append("# TYPE DCGM_FI_DEV_FB_FREE gauge")
    for index in range(int(truth["count"])):
        get = lambda key, index=index: int(truth.get(f"gpu{index}.{key}", 0))  # noqa: E731
        free = (get("memory_total") - get("memory_used") - get("memory_reserved")) // MIB
        lines.append(f"DCGM_FI_DEV_FB_FREE{{{_labels(truth, index, host)}}} {free}")
        xid = truth.get(f"gpu{index}.xid", "0").partition("@")[0]
        lines.append(
            f'DCGM_FI_DEV_XID_ERRORS{{{_labels(truth, index, host)},err_code="{xid}",err_msg="a \\"message\\""}} {xid}'
        )
    return "\n".join(lines) + "\n"


def _labels(truth, index, host):
    gpu = {key: truth[f"gpu{index}.{key}"] for key in ("uuid", "name", "pci")}
    return (
        f'gpu="{index}",UUID="{gpu["uuid"]}",pci_bus_id="{gpu["pci"]}",device="nvidia{index}",modelName="{gpu["name"]}",'
        f'Hostname="{host}",DCGM_FI_DRIVER_VERSION="{truth["driver"]}"'
    )
