/* A stand-in of libnvidia-ml.so.1 for tests: no driver, no GPU.
 *
 * What it answers stands in a text file of `key=value` lines named by RBT_STAND_IN, read again whenever it changes:
 *   init=0            0, !18 (an NVML error code) or hang
 *   driver= cuda= count=
 *   gpu0.util=83      a value; !3 is an NVML error code; no line is NOT_SUPPORTED
 *   gpu0.util.ms=150  the call takes that long
 *   gpu0.lost=1       every call says GPU_IS_LOST; gpu0.hang=1: every call hangs for ever
 *   gpu0.procs=pid:bytes,pid:bytes
 *   gpu0.xid=79@3     an event is delivered whenever the number behind @ changes
 *   gpu0.mig0.uuid=   slices of a MIG device
 * Struct layouts and codes are those of nvml.h as the binding (nvidia-ml-py) has them; a test compares the sizes.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, TIMEOUT = 10, LOST = 15 };
enum { GPUS = 16, SLICES = 8, PAIRS = 8192, TEXT = 1 << 20 };
#define EXPORT __attribute__((visibility("default")))

typedef struct { int gpu, slice; char prefix[32]; } Device;
typedef struct { unsigned int gpu, memory; } Utilization;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } Memory2;
typedef struct {
    char busIdLegacy[16];
    unsigned int domain, bus, device, pciDeviceId, pciSubSystemId;
    char busId[32];
} PciInfo;
typedef struct { Device *device; unsigned long long type, data; unsigned int gi, ci; } EventData;
typedef union { double d; unsigned int ui; unsigned long ul; unsigned long long ull; long long sll; int si; unsigned short us; } Value;
typedef struct { uint32_t id, scope; int64_t timestamp, latency; int type; int ret; Value value; } FieldValue;
typedef struct { unsigned int pid; unsigned long long memory; unsigned int gi, ci; } Process;
typedef struct { unsigned int version; int margin; } Margin;
typedef struct {
    unsigned int version;
    unsigned long long parity, secded, corrected, vparity, vsecded, vcorrected, l2, sm, pcie, mcu, other;
    unsigned int exceeded;
} Sram;
typedef struct { unsigned int version; uint8_t cluster[16]; int status; uint32_t clique; unsigned char state; uint32_t health; } Fabric;
typedef struct { int registered[GPUS]; long serial[GPUS]; } EventSet;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[TEXT];
static struct { char *key, *value; } pairs[PAIRS];
static int pair_count, initialised;
static struct timespec seen;
static off_t seen_size = -1;
static Device devices[GPUS], slices[GPUS][SLICES];

static int by_key(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void refresh(void) {
    const char *path = getenv("RBT_STAND_IN");
    struct stat st;
    if (!path || stat(path, &st) != 0) { pair_count = 0; return; }
    if (st.st_size == seen_size && st.st_mtim.tv_sec == seen.tv_sec && st.st_mtim.tv_nsec == seen.tv_nsec) return;
    FILE *file = fopen(path, "r");
    if (!file) return;
    size_t size = fread(text, 1, TEXT - 1, file);
    fclose(file);
    text[size] = 0;
    seen = st.st_mtim;
    seen_size = st.st_size;
    pair_count = 0;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line && pair_count < PAIRS; line = strtok_r(NULL, "\n", &save)) {
        char *equals = strchr(line, '=');
        if (!equals || *line == '#') continue;
        *equals = 0;
        pairs[pair_count].key = line;
        pairs[pair_count++].value = equals + 1;
    }
    qsort(pairs, pair_count, sizeof pairs[0], by_key);
}

static int look(const char *prefix, const char *name, char *out, size_t room) {
    char key[96];
    snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "", name);
    char *wanted = key;
    pthread_mutex_lock(&lock);
    refresh();
    char **found = bsearch(&wanted, pairs, pair_count, sizeof pairs[0], by_key);
    if (found) snprintf(out, room, "%s", found[1]);
    pthread_mutex_unlock(&lock);
    return found != NULL;
}

static void hang(void) { for (;;) pause(); }

static int words(Device *device, const char *name, char *out, size_t room) {
    char value[64], slow[64];
    if (!initialised) return UNINITIALIZED;
    if (!device) return INVALID;
    if (look(device->prefix, "hang", value, sizeof value) && *value != '0') hang();
    snprintf(slow, sizeof slow, "%s.ms", name);
    if (look(device->prefix, slow, value, sizeof value)) usleep(atoi(value) * 1000);
    if (look(device->prefix, "lost", value, sizeof value) && *value != '0') return LOST;
    if (!look(device->prefix, name, out, room)) return NOT_SUPPORTED;
    return out[0] == '!' ? atoi(out + 1) : OK;
}

static int number(Device *device, const char *name, long long *out) {
    char value[64];
    int ret = words(device, name, value, sizeof value);
    if (ret == OK) *out = strtoll(value, NULL, 0);
    return ret;
}

static int small(Device *device, const char *name, unsigned int *out) {
    long long value;
    int ret = number(device, name, &value);
    if (ret == OK) *out = (unsigned int)value;
    return ret;
}

static int text_of(Device *device, const char *name, char *out, unsigned int room) {
    char value[512];
    int ret = words(device, name, value, sizeof value);
    if (ret != OK) return ret;
    if (strlen(value) >= room) return TOO_SMALL;
    strcpy(out, value);
    return OK;
}

static int global(const char *name, char *out, unsigned int room) {
    if (!initialised) return UNINITIALIZED;
    if (!look("", name, out, room)) return NOT_SUPPORTED;
    return out[0] == '!' ? atoi(out + 1) : OK;
}

/* --- the library --- */

EXPORT const char *rbt_stand_in(void) { return "FAKE"; }

EXPORT unsigned long rbt_sizeof(const char *name) {
#define SIZE(type, is) if (!strcmp(name, #is)) return sizeof(type)
    SIZE(Utilization, c_nvmlUtilization_t);
    SIZE(Memory, c_nvmlMemory_t);
    SIZE(Memory2, c_nvmlMemory_v2_t);
    SIZE(PciInfo, nvmlPciInfo_t);
    SIZE(EventData, c_nvmlEventData_t);
    SIZE(FieldValue, c_nvmlFieldValue_t);
    SIZE(Process, c_nvmlProcessInfo_v2_t);
    SIZE(Margin, c_nvmlMarginTemperature_v1_t);
    SIZE(Sram, c_nvmlEccSramErrorStatus_v1_t);
    SIZE(Fabric, c_nvmlGpuFabricInfo_v2_t);
    return 0;
}

EXPORT int nvmlInitWithFlags(unsigned int flags) {
    char value[64];
    (void)flags;
    if (look("", "init.ms", value, sizeof value)) usleep(atoi(value) * 1000);
    if (look("", "init", value, sizeof value)) {
        if (!strcmp(value, "hang")) hang();
        if (value[0] == '!') return atoi(value + 1);
    }
    for (int i = 0; i < GPUS; i++) {
        devices[i].gpu = i;
        devices[i].slice = -1;
        snprintf(devices[i].prefix, sizeof devices[i].prefix, "gpu%d", i);
        for (int j = 0; j < SLICES; j++) {
            slices[i][j].gpu = i;
            slices[i][j].slice = j;
            snprintf(slices[i][j].prefix, sizeof slices[i][j].prefix, "gpu%d.mig%d", i, j);
        }
    }
    initialised = 1;
    return OK;
}
EXPORT int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
EXPORT int nvmlShutdown(void) { initialised = 0; return OK; }
EXPORT const char *nvmlErrorString(int ret) { return ret == 999 ? "Unknown Error" : "an error of the stand-in"; }

EXPORT int nvmlSystemGetDriverVersion(char *out, unsigned int room) { return global("driver", out, room); }
EXPORT int nvmlSystemGetNVMLVersion(char *out, unsigned int room) { return global("nvml", out, room); }
EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *out) {
    char value[64];
    int ret = global("cuda", value, sizeof value);
    if (ret == OK) *out = atoi(value);
    return ret;
}
EXPORT int nvmlSystemGetCudaDriverVersion(int *out) { return nvmlSystemGetCudaDriverVersion_v2(out); }

EXPORT int nvmlDeviceGetCount_v2(unsigned int *out) {
    char value[64];
    int ret = global("count", value, sizeof value);
    if (ret == OK) *out = atoi(value);
    return ret;
}
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Device **out) {
    unsigned int count = 0;
    char value[64], name[32];
    int ret = nvmlDeviceGetCount_v2(&count);
    if (ret != OK) return ret;
    if (index >= count || index >= GPUS) return INVALID;
    snprintf(name, sizeof name, "gpu%u.handle", index);
    if (look("", name, value, sizeof value) && value[0] == '!') return atoi(value + 1);
    *out = &devices[index];
    return OK;
}
static int by_text(const char *name, const char *wanted, Device **out) {
    char value[512];
    if (!initialised) return UNINITIALIZED;
    for (int i = 0; i < GPUS; i++)
        if (look(devices[i].prefix, name, value, sizeof value) && !strcmp(value, wanted)) { *out = &devices[i]; return OK; }
    return NOT_FOUND;
}
EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, Device **out) { return by_text("uuid", uuid, out); }
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, Device **out) { return by_text("pci", bus, out); }
EXPORT int nvmlDeviceGetIndex(Device *device, unsigned int *out) { *out = device->gpu; return OK; }
EXPORT int nvmlDeviceGetMinorNumber(Device *device, unsigned int *out) { *out = device->gpu; return OK; }
EXPORT int nvmlDeviceGetUUID(Device *device, char *out, unsigned int room) { return text_of(device, "uuid", out, room); }
EXPORT int nvmlDeviceGetName(Device *device, char *out, unsigned int room) { return text_of(device, "name", out, room); }
EXPORT int nvmlDeviceGetSerial(Device *device, char *out, unsigned int room) { return text_of(device, "serial", out, room); }
EXPORT int nvmlDeviceGetVbiosVersion(Device *device, char *out, unsigned int room) { return text_of(device, "vbios", out, room); }
EXPORT int nvmlDeviceGetPciInfo_v3(Device *device, PciInfo *out) {
    memset(out, 0, sizeof *out);
    int ret = text_of(device, "pci", out->busId, sizeof out->busId);
    if (ret != OK) return ret;
    sscanf(out->busId, "%x:%x:%x", &out->domain, &out->bus, &out->device);
    snprintf(out->busIdLegacy, sizeof out->busIdLegacy, "%04x:%02x:%02x.0", out->domain & 0xffff, out->bus & 0xff, out->device & 0xff);
    return OK;
}

EXPORT int nvmlDeviceGetUtilizationRates(Device *device, Utilization *out) {
    out->memory = 0;
    int ret = small(device, "util", &out->gpu);
    if (ret == OK) small(device, "memory_util", &out->memory);
    return ret;
}
EXPORT int nvmlDeviceGetMemoryInfo_v2(Device *device, Memory2 *out) {
    long long total = 0, used = 0, reserved = 0;
    int ret = number(device, "memory_used", &used);
    if (ret == OK) ret = number(device, "memory_total", &total);
    if (ret != OK) return ret;
    number(device, "memory_reserved", &reserved);
    out->total = total;
    out->used = used;
    out->reserved = reserved;
    out->free = total - used - reserved;
    return OK;
}
EXPORT int nvmlDeviceGetMemoryInfo(Device *device, Memory *out) {
    Memory2 whole;
    int ret = nvmlDeviceGetMemoryInfo_v2(device, &whole);
    if (ret != OK) return ret;
    out->total = whole.total;
    out->used = whole.used + whole.reserved; /* as drivers since R510 do */
    out->free = whole.free;
    return OK;
}
EXPORT int nvmlDeviceGetPowerUsage(Device *device, unsigned int *out) { return small(device, "power", out); }
EXPORT int nvmlDeviceGetEnforcedPowerLimit(Device *device, unsigned int *out) { return small(device, "power_limit", out); }
EXPORT int nvmlDeviceGetPowerManagementLimit(Device *device, unsigned int *out) { return small(device, "power_limit", out); }
EXPORT int nvmlDeviceGetTotalEnergyConsumption(Device *device, unsigned long long *out) { return number(device, "energy", (long long *)out); }
EXPORT int nvmlDeviceGetTemperature(Device *device, int sensor, unsigned int *out) { (void)sensor; return small(device, "temperature", out); }
EXPORT int nvmlDeviceGetTemperatureThreshold(Device *device, int which, unsigned int *out) {
    return which == 1 ? small(device, "slowdown", out) : which == 0 ? small(device, "shutdown", out) : NOT_SUPPORTED;
}
EXPORT int nvmlDeviceGetMarginTemperature(Device *device, Margin *out) {
    long long value;
    int ret = number(device, "margin", &value);
    if (ret == OK) out->margin = (int)value;
    return ret;
}
EXPORT int nvmlDeviceGetFanSpeed(Device *device, unsigned int *out) { return small(device, "fan", out); }
EXPORT int nvmlDeviceGetClockInfo(Device *device, int which, unsigned int *out) {
    return small(device, which == 0 ? "clock_graphics" : which == 1 ? "clock_sm" : which == 2 ? "clock_mem" : "clock_video", out);
}
EXPORT int nvmlDeviceGetMaxClockInfo(Device *device, int which, unsigned int *out) {
    return small(device, which == 1 ? "clock_sm_max" : which == 2 ? "clock_mem_max" : "clock_other_max", out);
}
EXPORT int nvmlDeviceGetPerformanceState(Device *device, unsigned int *out) { return small(device, "pstate", out); }
EXPORT int nvmlDeviceGetCurrentClocksEventReasons(Device *device, unsigned long long *out) { return number(device, "throttle", (long long *)out); }
EXPORT int nvmlDeviceGetCurrentClocksThrottleReasons(Device *device, unsigned long long *out) { return number(device, "throttle", (long long *)out); }
EXPORT int nvmlDeviceGetPersistenceMode(Device *device, unsigned int *out) { return small(device, "persistence", out); }
EXPORT int nvmlDeviceGetDisplayActive(Device *device, unsigned int *out) { return small(device, "display", out); }
EXPORT int nvmlDeviceGetComputeMode(Device *device, unsigned int *out) { return small(device, "compute_mode", out); }
EXPORT int nvmlDeviceGetCurrPcieLinkGeneration(Device *device, unsigned int *out) { return small(device, "pcie_gen", out); }
EXPORT int nvmlDeviceGetMaxPcieLinkGeneration(Device *device, unsigned int *out) { return small(device, "pcie_gen_max", out); }
EXPORT int nvmlDeviceGetCurrPcieLinkWidth(Device *device, unsigned int *out) { return small(device, "pcie_width", out); }
EXPORT int nvmlDeviceGetMaxPcieLinkWidth(Device *device, unsigned int *out) { return small(device, "pcie_width_max", out); }
EXPORT int nvmlDeviceGetPcieReplayCounter(Device *device, unsigned int *out) { return small(device, "pcie_replay", out); }
EXPORT int nvmlDeviceGetPcieThroughput(Device *device, int which, unsigned int *out) {
    (void)which;
    usleep(20000); /* as the real one: it measures for 20 ms */
    return small(device, "pcie_throughput", out);
}

EXPORT int nvmlDeviceGetEccMode(Device *device, unsigned int *now, unsigned int *pending) {
    int ret = small(device, "ecc", now);
    if (ret == OK) *pending = *now;
    return ret;
}
EXPORT int nvmlDeviceGetTotalEccErrors(Device *device, int kind, int counter, unsigned long long *out) {
    const char *name = kind == 1 ? (counter == 0 ? "ecc_uncorrected" : "ecc_uncorrected_total") : (counter == 0 ? "ecc_corrected" : "ecc_corrected_total");
    return number(device, name, (long long *)out);
}
EXPORT int nvmlDeviceGetSramEccErrorStatus(Device *device, Sram *out) {
    unsigned int version = out->version;
    long long value;
    int ret = number(device, "sram_exceeded", &value);
    if (ret != OK) return ret;
    memset(out, 0, sizeof *out);
    out->version = version;
    out->exceeded = (unsigned int)value;
    return OK;
}
EXPORT int nvmlDeviceGetRemappedRows(Device *device, unsigned int *cor, unsigned int *unc, unsigned int *pending, unsigned int *failure) {
    int ret = small(device, "remap_correctable", cor);
    if (ret == OK) ret = small(device, "remap_uncorrectable", unc);
    if (ret == OK) ret = small(device, "remap_pending", pending);
    if (ret == OK) ret = small(device, "remap_failure", failure);
    return ret;
}
EXPORT int nvmlDeviceGetRetiredPagesPendingStatus(Device *device, unsigned int *out) { return small(device, "retired_pending", out); }

EXPORT int nvmlDeviceGetNvLinkState(Device *device, unsigned int link, unsigned int *out) {
    long long count, down = 0;
    int ret = number(device, "nvlinks", &count);
    if (ret != OK) return ret;
    long long hidden = 0;
    number(device, "nvlinks_hidden", &hidden); /* the driver counts them, and answers for them with an error */
    if (link >= (unsigned long long)(count - hidden)) return hidden ? NOT_SUPPORTED : INVALID;
    number(device, "nvlinks_down", &down);
    *out = link < (unsigned long long)(count - down);
    return OK;
}
static const char *field_name(uint32_t id) {
    switch (id) {
        case 29: return "retired_corrected";
        case 30: return "retired";
        case 38: return "nvlink_crc_flit";
        case 45: return "nvlink_crc_data";
        case 52: return "nvlink_replay";
        case 59: return "nvlink_recovery";
        case 82: return "memory_temperature";
        case 90: return "nvlink_speed";
        case 91: return "nvlinks";
        case 185: return "power_average";
        case 186: return "power_instant";
        case 193: return "tlimit_shutdown";
        case 194: return "tlimit_slowdown";
        case 230: return "recovery";
        default: return "field_unknown";
    }
}
EXPORT int nvmlDeviceGetFieldValues(Device *device, int count, FieldValue *fields) {
    char value[64];
    if (!initialised) return UNINITIALIZED;
    if (look(device->prefix, "hang", value, sizeof value) && *value != '0') hang();
    if (look(device->prefix, "lost", value, sizeof value) && *value != '0') return LOST;
    for (int i = 0; i < count; i++) {
        long long found = 0;
        fields[i].ret = number(device, field_name(fields[i].id), &found);
        fields[i].type = fields[i].id >= 193 && fields[i].id <= 196 ? 5 : 1; /* signed int, unsigned int */
        fields[i].timestamp = (int64_t)time(NULL) * 1000000;
        fields[i].latency = 0;
        fields[i].value.ull = 0;
        if (fields[i].type == 5) fields[i].value.si = (int)found; else fields[i].value.ui = (unsigned int)found;
    }
    return OK;
}
EXPORT int nvmlDeviceGetGpuFabricInfoV(Device *device, Fabric *out) {
    long long value;
    int ret = number(device, "fabric", &value);
    if (ret != OK) return ret;
    out->state = (unsigned char)value;
    long long status = 0, health = 0;
    number(device, "fabric_status", &status);
    number(device, "fabric_health", &health);
    out->status = (int)status;
    out->health = (uint32_t)health;
    return OK;
}

/* --- MIG --- */

EXPORT int nvmlDeviceGetMigMode(Device *device, unsigned int *now, unsigned int *pending) {
    int ret = small(device, "mig", now);
    if (ret == OK) *pending = *now;
    return ret;
}
EXPORT int nvmlDeviceGetMaxMigDeviceCount(Device *device, unsigned int *out) {
    unsigned int on;
    int ret = small(device, "mig", &on);
    *out = ret == OK ? 7 : 0;
    return ret;
}
EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(Device *device, unsigned int index, Device **out) {
    char value[512];
    unsigned int on = 0;
    int ret = small(device, "mig", &on);
    if (ret != OK) return ret;
    if (!on || index >= SLICES) return NOT_FOUND;
    if (!look(slices[device->gpu][index].prefix, "uuid", value, sizeof value)) return NOT_FOUND;
    *out = &slices[device->gpu][index];
    return OK;
}
EXPORT int nvmlDeviceIsMigDeviceHandle(Device *device, unsigned int *out) { *out = device->slice >= 0; return OK; }
EXPORT int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device *device, Device **out) { *out = &devices[device->gpu]; return OK; }
EXPORT int nvmlDeviceGetGpuInstanceId(Device *device, unsigned int *out) { return small(device, "gi", out); }
EXPORT int nvmlDeviceGetComputeInstanceId(Device *device, unsigned int *out) { return small(device, "ci", out); }

/* --- processes --- */

static int processes(Device *device, const char *name, unsigned int *count, Process *out) {
    static __thread char value[16384];
    int ret = words(device, name, value, sizeof value);
    if (ret != OK) return ret;
    unsigned int room = *count, found = 0;
    char *save = NULL;
    for (char *one = strtok_r(value, ",", &save); one; one = strtok_r(NULL, ",", &save), found++) {
        if (found >= room || !out) continue;
        char *colon = strchr(one, ':');
        out[found].pid = (unsigned int)atoi(one);
        out[found].memory = colon && colon[1] != '-' ? strtoull(colon + 1, NULL, 0) : ~0ULL;
        out[found].gi = out[found].ci = 0xffffffffu;
    }
    *count = found;
    return found > room || (found && !out) ? TOO_SMALL : OK;
}
EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(Device *device, unsigned int *count, Process *out) { return processes(device, "procs", count, out); }
EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v3(Device *device, unsigned int *count, Process *out) { return processes(device, "graphics", count, out); }
EXPORT int nvmlSystemGetProcessName(unsigned int pid, char *out, unsigned int room) {
    char key[32], value[512];
    snprintf(key, sizeof key, "process%u", pid);
    if (!look("", key, value, sizeof value)) return NOT_FOUND;
    snprintf(out, room, "%s", value);
    return OK;
}

/* --- events --- */

EXPORT int nvmlEventSetCreate(EventSet **out) { *out = calloc(1, sizeof **out); return OK; }
EXPORT int nvmlEventSetFree(EventSet *set) { free(set); return OK; }
EXPORT int nvmlDeviceGetSupportedEventTypes(Device *device, unsigned long long *out) { return number(device, "events", (long long *)out); }
EXPORT int nvmlDeviceRegisterEvents(Device *device, unsigned long long types, EventSet *set) {
    char value[64];
    long long supported;
    (void)types;
    int ret = number(device, "events", &supported);
    if (ret != OK) return ret;
    set->registered[device->gpu] = 1;
    if (look(device->prefix, "xid", value, sizeof value)) {
        char *at = strchr(value, '@');
        set->serial[device->gpu] = at ? atol(at + 1) : 0;
    }
    /* Who lets an error happen can wait until somebody listens. */
    const char *told = getenv("RBT_STAND_IN");
    char heard[4096];
    snprintf(heard, sizeof heard, "%s.heard", told ? told : "stand-in");
    FILE *mark = fopen(heard, "a");
    if (mark) { fprintf(mark, "%d\n", device->gpu); fclose(mark); }
    return OK;
}
EXPORT int nvmlEventSetWait_v2(EventSet *set, EventData *out, unsigned int ms) {
    char value[64];
    for (unsigned int waited = 0;; waited += 20) {
        for (int i = 0; i < GPUS; i++) {
            if (!set->registered[i] || !look(devices[i].prefix, "xid", value, sizeof value)) continue;
            char *at = strchr(value, '@');
            long serial = at ? atol(at + 1) : 0;
            if (serial == set->serial[i]) continue;
            set->serial[i] = serial;
            memset(out, 0, sizeof *out);
            out->device = &devices[i];
            out->type = 8;
            out->data = (unsigned long long)atol(value);
            out->gi = out->ci = 0xffffffffu;
            return OK;
        }
        if (waited >= ms) return TIMEOUT;
        usleep(20000);
    }
}
