/* Stands between a program and its disk, for files below $DISK_UNDER: LD_PRELOAD=shim.so.
 *
 * With $DISK_LOG every change is written down in the order the disk was told, so that a power cut can be
 * computed at any point afterwards: what was not synced may be there, may be missing, may be torn.
 * With disk_fault() the n-th call from now on fails, and all that follow, until it is called again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC = 3, SYNC_FOLDER = 4, CREATE = 5, UNLINK = 6, NOTE = 7 };

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *under, *only;
static int log_fd = -1;
static char *names[4096]; /* of open files below the folder, by descriptor */
static int folders[4096];
static int countdown, fault_errno, calls;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void start(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_openat = dlsym(RTLD_NEXT, "openat64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    under = getenv("DISK_UNDER");
    only = getenv("DISK_ONLY"); /* faults: only files whose name holds this */
    const char *log = getenv("DISK_LOG");
    if (log) log_fd = real_open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

static void note(int kind, const char *name, uint64_t offset, const void *data, uint64_t length) {
    if (log_fd < 0) return;
    uint64_t head[4] = {kind, name ? strlen(name) : 0, offset, length};
    struct iovec parts[3] = {{head, sizeof head}, {(void *)name, head[1]}, {(void *)data, data ? length : 0}};
    if (writev(log_fd, parts, 3) < 0) abort();
}

/* From Python: something that happened between two changes, for instance that an event was acknowledged. */
void disk_note(const char *text) {
    pthread_mutex_lock(&turn);
    note(NOTE, text, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
}

/* The n-th call from now on fails with that errno, and all after it; 0 ends it. */
void disk_fault(const char *folder, int n, int number) {
    under = folder;
    countdown = n;
    fault_errno = number;
    calls = 0;
}

int disk_calls(void) { return calls; }

static int fails(const char *name, int can_be_full) {
    if (!name || !fault_errno || (only && !strstr(name, only))) return 0;
    if (fault_errno == ENOSPC && !can_be_full) return 0;
    if (++calls < countdown) return 0;
    errno = fault_errno;
    return 1;
}

static char *below(const char *path) {
    static __thread char full[PATH_MAX];
    if (!under || !path) return NULL;
    if (path[0] == '/') snprintf(full, sizeof full, "%s", path);
    else return NULL;
    size_t n = strlen(under);
    return strncmp(full, under, n) == 0 && (full[n] == '/' || full[n] == 0) ? full : NULL;
}

static int opened(const char *path, int flags, mode_t mode, int at, int use_at) {
    char *name = below(path);
    if (!name) return use_at ? real_openat(at, path, flags, mode) : real_open(path, flags, mode);
    pthread_mutex_lock(&turn);
    struct stat seen;
    int fresh = (flags & O_CREAT) && stat(path, &seen) != 0;
    int fd = -1;
    if (!((flags & O_CREAT) && fresh && fails(name, 1))) fd = real_open(path, flags, mode);
    int error = errno;
    if (fd >= 0 && fd < 4096) {
        free(names[fd]);
        names[fd] = strdup(name);
        folders[fd] = fstat(fd, &seen) == 0 && S_ISDIR(seen.st_mode);
        if (fresh) note(CREATE, name, 0, NULL, 0);
        if (flags & O_TRUNC) note(TRUNCATE, name, 0, NULL, 0);
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return fd;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); }
int open(const char *path, int flags, ...) { MODE return opened(path, flags, mode, 0, 0); }
int open64(const char *path, int flags, ...) { MODE return opened(path, flags, mode, 0, 0); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(path, flags, mode, at, 1); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(path, flags, mode, at, 1); }

static char *name_of(int fd) { return fd >= 0 && fd < 4096 ? names[fd] : NULL; }

int close(int fd) {
    if (name_of(fd)) {
        pthread_mutex_lock(&turn);
        free(names[fd]);
        names[fd] = NULL;
        pthread_mutex_unlock(&turn);
    }
    return real_close(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    char *name = name_of(fd);
    if (!name) return real_write(fd, data, length);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    off_t offset = lseek(fd, 0, SEEK_CUR);
    if (!fails(name, 1)) done = real_write(fd, data, length);
    if (done > 0) note(WRITE, name, offset, data, done);
    pthread_mutex_unlock(&turn);
    return done;
}

static ssize_t placed(int fd, const void *data, size_t length, off_t offset) {
    char *name = name_of(fd);
    if (!name) return real_pwrite(fd, data, length, offset);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    if (!fails(name, 1)) done = real_pwrite(fd, data, length, offset);
    if (done > 0) note(WRITE, name, offset, data, done);
    pthread_mutex_unlock(&turn);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return placed(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return placed(fd, data, length, offset); }

static int synced(int fd, int (*real)(int)) {
    char *name = name_of(fd);
    if (!name) return real(fd);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (!fails(name, 0)) done = 0; /* the log is the disk: waiting for the real one would only cost time */
    if (done == 0) note(folders[fd] ? SYNC_FOLDER : SYNC, name, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

static int shortened(int fd, off_t length) {
    char *name = name_of(fd);
    if (!name) return real_ftruncate(fd, length);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (!fails(name, 0)) done = real_ftruncate(fd, length);
    if (done == 0) note(TRUNCATE, name, length, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate(int fd, off_t length) { return shortened(fd, length); }
int ftruncate64(int fd, off64_t length) { return shortened(fd, length); }

int unlink(const char *path) {
    char *name = below(path);
    if (!name) return real_unlink(path);
    pthread_mutex_lock(&turn);
    int done = real_unlink(path);
    if (done == 0) note(UNLINK, name, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
