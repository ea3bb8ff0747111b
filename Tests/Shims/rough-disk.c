// A disk that does less than it is asked, for LD_PRELOAD: what strace cannot do, because it replaces calls.
// Not here: calls that fail or lie (strace injects those; see launch/torture-disk).
//
//   ROUGH_DISK=short        write and pread on regular files take a part of what they are asked for
//   ROUGH_DISK=interrupted  every second such call does nothing and says EINTR
//   ROUGH_DISK=unsynced     fsync says yes and does nothing: a power cut must then be seen to lose something

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_uint calls;

static int mode_is(const char *name) {
  const char *mode = getenv("ROUGH_DISK");
  return mode != NULL && strcmp(mode, name) == 0;
}

// How many of the bytes the next call takes; 0 where it is to be interrupted.
static size_t part(int descriptor, size_t count) {
  struct stat status;
  if (count < 2 || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return count;
  const unsigned call = atomic_fetch_add(&calls, 1);
  if (mode_is("interrupted")) return call % 2 == 0 ? 0 : count;
  if (mode_is("short")) return 1 + (call * 2654435761u) % (count - 1);
  return count;
}

#define INTERRUPTED_IF(condition) if (condition) { errno = EINTR; return -1; }

ssize_t write(int descriptor, const void *bytes, size_t count) {
  ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  const size_t taken = part(descriptor, count);
  INTERRUPTED_IF(taken == 0 && count > 0)
  return next(descriptor, bytes, taken);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  ssize_t (*next)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
  const size_t taken = part(descriptor, count);
  INTERRUPTED_IF(taken == 0 && count > 0)
  return next(descriptor, bytes, taken, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
  return pread(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fsync");
  return mode_is("unsynced") ? 0 : next(descriptor);
}
