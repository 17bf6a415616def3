/*
 * Fails file system calls of a program. For LD_PRELOAD on Linux; only calls on files below one folder count, so that the
 * program's own files load as usual.
 *
 * The program says what is to fail by asking whether a file exists whose path is INJECT and these words, separated by
 * line feeds:
 *
 *   folder  an absolute path, as the program writes it; empty: nothing fails from now on
 *   number  of the call that fails, from 1; 0: none
 *   fault   ENOSPC, EIO or EACCES: the call fails with this error
 *           full:  from this call on, every call that takes up space fails with ENOSPC
 *           short: a read or write does half of its work, without an error
 *           kill:  from this call on, no call changes anything; of a write, half is still done. The folder is then as a
 *                  kill of the process would leave it
 *   log     a file that gets a line per call: number, function, path
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FAIL = 1, FULL, SHORT, KILL };
enum { READS, WRITES, CHANGES };

static char folder[4096];
static size_t folderLength;
static int chosen, fault, errorNumber, logFile = -1;
static int calls, isDead;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

/* The path of each open descriptor below the folder. */
#define MOST_DESCRIPTORS 65536
static char *paths[MOST_DESCRIPTORS];

static const char order[] = "INJECT\n";

/* Takes an order; see above. */
static void obey(const char *words) {
  char text[8192];
  snprintf(text, sizeof text, "%s", words);
  char *rest = text;
  const char *place = strsep(&rest, "\n"), *number = strsep(&rest, "\n");
  const char *name = strsep(&rest, "\n"), *file = rest;
  pthread_mutex_lock(&guard);
  folderLength = 0;
  snprintf(folder, sizeof folder, "%s", place);
  calls = isDead = 0;
  chosen = number == NULL ? 0 : atoi(number);
  fault = name == NULL || *name == 0        ? 0
          : strcmp(name, "full") == 0  ? FULL
          : strcmp(name, "short") == 0 ? SHORT
          : strcmp(name, "kill") == 0  ? KILL
                                       : FAIL;
  errorNumber = fault == FULL || fault == 0 || strcmp(name, "ENOSPC") == 0 ? ENOSPC
                : strcmp(name, "EACCES") == 0                              ? EACCES
                                                                           : EIO;
  if (logFile >= 0) syscall(SYS_close, logFile);
  logFile = file == NULL || *file == 0 ? -1 : (int)syscall(SYS_open, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  folderLength = strlen(folder);
  pthread_mutex_unlock(&guard);
}

static int isThere(const char *path) {
  return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

static int isBelow(const char *path) {
  return folderLength > 0 && path != NULL && strncmp(path, folder, folderLength) == 0 &&
         (path[folderLength] == '/' || path[folderLength] == 0);
}

static const char *pathOf(int descriptor) {
  return descriptor >= 0 && descriptor < MOST_DESCRIPTORS ? paths[descriptor] : NULL;
}

static void remember(int descriptor, const char *path) {
  if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS) return;
  char *old = paths[descriptor];
  paths[descriptor] = path == NULL ? NULL : strdup(path);
  free(old);
}

/* Counts a call on a path below the folder. Returns what to do to it: 0 (let it pass), FAIL, SHORT or KILL. */
static int judge(const char *function, const char *path, int kind) {
  if (!isBelow(path)) return 0;
  pthread_mutex_lock(&guard);
  int number = ++calls;
  int isChosen = chosen != 0 && number == chosen;
  if (fault == KILL && isChosen) isDead = 1;
  int isAfterDeath = isDead && !isChosen;
  pthread_mutex_unlock(&guard);
  if (logFile >= 0) {
    char line[4400];
    int length = snprintf(line, sizeof line, "%d %s %s\n", number, function, path);
    if (length > 0) syscall(SYS_write, logFile, line, (size_t)length < sizeof line ? (size_t)length : sizeof line);
  }
  if (chosen == 0 || fault == 0) return 0;
  if (fault == FULL) return number >= chosen && kind == WRITES ? FAIL : 0;
  if (fault == KILL) {
    if (isChosen && strcmp(function, "write") == 0) return KILL;
    return (isChosen || isAfterDeath) && kind != READS ? FAIL : 0;
  }
  return isChosen ? fault : 0;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = dlsym(RTLD_NEXT, name)

#define FAILING(value) \
  do { \
    errno = errorNumber; \
    return value; \
  } while (0)

int open64(const char *path, int flags, ...) {
  REAL(int, "open64", const char *, int, ...);
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  int makes = (flags & O_CREAT) && !isThere(path);
  if (judge("open", path, makes ? WRITES : flags & O_TRUNC ? CHANGES : READS) == FAIL) FAILING(-1);
  int descriptor = real(path, flags, mode);
  remember(descriptor, isBelow(path) ? path : NULL);
  return descriptor;
}

int close(int descriptor) {
  REAL(int, "close", int);
  int judged = judge("close", pathOf(descriptor), READS);
  remember(descriptor, NULL);
  int result = real(descriptor);
  /* Linux closes the descriptor even if it reports an error. */
  if (judged == FAIL) FAILING(-1);
  return result;
}

int access(const char *path, int mode) {
  REAL(int, "access", const char *, int);
  if (strncmp(path, order, sizeof order - 1) == 0) {
    obey(path + sizeof order - 1);
    return 0;
  }
  if (judge("access", path, READS) == FAIL) FAILING(-1);
  return real(path, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  int judged = judge("write", pathOf(descriptor), WRITES);
  if (judged == FAIL) FAILING(-1);
  ssize_t done = real(descriptor, bytes, judged == 0 || count < 2 ? count : count / 2);
  if (judged == KILL) FAILING(-1);
  return done;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  int judged = judge("write", pathOf(descriptor), WRITES);
  if (judged == FAIL) FAILING(-1);
  ssize_t done = real(descriptor, bytes, judged == 0 || count < 2 ? count : count / 2, at);
  if (judged == KILL) FAILING(-1);
  return done;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  if (pathOf(descriptor) == NULL) return real(descriptor, parts, count);
  int judged = judge("write", pathOf(descriptor), WRITES);
  if (judged == FAIL) FAILING(-1);
  if (judged == 0) return real(descriptor, parts, count);
  struct iovec half = {parts[0].iov_base, parts[0].iov_len > 1 ? parts[0].iov_len / 2 : parts[0].iov_len};
  ssize_t done = real(descriptor, &half, 1);
  if (judged == KILL) FAILING(-1);
  return done;
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  REAL(ssize_t, "read", int, void *, size_t);
  int judged = pathOf(descriptor) == NULL ? 0 : judge("read", pathOf(descriptor), READS);
  if (judged == FAIL) FAILING(-1);
  return real(descriptor, bytes, judged == 0 || count < 2 ? count : count / 2);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t at) {
  REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
  int judged = pathOf(descriptor) == NULL ? 0 : judge("read", pathOf(descriptor), READS);
  if (judged == FAIL) FAILING(-1);
  return real(descriptor, bytes, judged == 0 || count < 2 ? count : count / 2, at);
}

#define ON_DESCRIPTOR(name, label, kind) \
  int name(int descriptor) { \
    REAL(int, #name, int); \
    if (judge(label, pathOf(descriptor), kind) == FAIL) FAILING(-1); \
    return real(descriptor); \
  }

ON_DESCRIPTOR(fsync, "fsync", WRITES)
ON_DESCRIPTOR(fdatasync, "fsync", WRITES)

int ftruncate64(int descriptor, off64_t length) {
  REAL(int, "ftruncate64", int, off64_t);
  if (judge("ftruncate", pathOf(descriptor), CHANGES) == FAIL) FAILING(-1);
  return real(descriptor, length);
}

int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  if (judge("mkdir", path, isThere(path) ? READS : WRITES) == FAIL) FAILING(-1);
  return real(path, mode);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  if (judge("rename", to, CHANGES) == FAIL) FAILING(-1);
  return real(from, to);
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  if (judge("link", to, WRITES) == FAIL) FAILING(-1);
  return real(from, to);
}

#define ON_PATH(name, label) \
  int name(const char *path) { \
    REAL(int, #name, const char *); \
    if (judge(label, path, CHANGES) == FAIL) FAILING(-1); \
    return real(path); \
  }

ON_PATH(rmdir, "rmdir")
ON_PATH(unlink, "unlink")

int scandir64(const char *path, struct dirent64 ***names, int (*isWanted)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  REAL(int, "scandir64", const char *, struct dirent64 ***, int (*)(const struct dirent64 *),
       int (*)(const struct dirent64 **, const struct dirent64 **));
  if (judge("scandir", path, READS) == FAIL) FAILING(-1);
  return real(path, names, isWanted, order);
}

DIR *opendir(const char *path) {
  REAL(DIR *, "opendir", const char *);
  if (judge("opendir", path, READS) == FAIL) FAILING(NULL);
  return real(path);
}

char *realpath(const char *path, char *resolved) {
  REAL(char *, "realpath", const char *, char *);
  if (judge("realpath", path, READS) == FAIL) FAILING(NULL);
  return real(path, resolved);
}

/* libuv asks for the state of files, and closes them, through syscall. */
long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (real == NULL) real = dlsym(RTLD_NEXT, "syscall");
  va_list list;
  va_start(list, number);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
  long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
  va_end(list);
  if (number == SYS_close) return close((int)a);
#ifdef SYS_statx
  if (number == SYS_statx) {
    const char *path = (const char *)b;
    const char *place = path != NULL && *path != 0 ? path : pathOf((int)a);
    if (judge("stat", place, READS) == FAIL) FAILING(-1);
  }
#endif
  return real(number, a, b, c, d, e, f);
}
